self := 5
print(self) // expect: 5
func f(self) { return self }
print(f(6)) // expect: 6
