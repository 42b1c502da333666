s := "abc"
print(s[1], s.nothing) // expect: nil	nil
