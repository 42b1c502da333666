func f(...) { return #... }
print(f(nil), f(nil, nil), f(1, nil)) // expect: 1	2	2
func g(...) { return select("#", ...), ... }
print(g(nil, 2, nil)) // expect: 3	nil	2	nil
