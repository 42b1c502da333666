func f() { return }
func g() { return; }
print(select("#", f()), select("#", g())) // expect: 0	0
