func f(...) { return ... }
func g(...) { return 0, f(...) }
print(g(1, nil, 3))             // expect: 0	1	nil	3
print(select("#", g(nil, nil))) // expect: 3
