func f(a, ...,) { return #... }
func g(rest...,) { return rest.n }
print(f(1, 2, 3), g(1, 2, 3)) // expect: 2	3
