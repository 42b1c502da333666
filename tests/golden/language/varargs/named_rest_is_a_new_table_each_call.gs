func f(rest...) { return rest }
a, b := f(1), f(1)
print(a == b, a[1], b.n) // expect: false	1	1
func g(rest...) { rest[1] = "changed"; return ... }
print(g("kept"))         // expect: kept
