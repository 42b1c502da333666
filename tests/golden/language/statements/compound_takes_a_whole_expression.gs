x := 2
x *= 3 + 4
print(x) // expect: 14
func two() { return 1, 2 }
x += two()
print(x) // expect: 15
