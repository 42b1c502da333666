s := `a
b`
print(#s, s == "a\nb") // expect: 3	true
