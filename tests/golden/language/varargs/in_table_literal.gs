func f(...) { return {..., "x"}, {"x", ...}, {n: #..., ...} }
a, b, c := f(1, 2, 3)
print(#a, #b, #c, c.n) // expect: 2	4	3	3
