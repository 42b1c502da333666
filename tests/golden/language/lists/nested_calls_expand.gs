func f() { return 1, 2 }
func g(...) { return ... }
print(g(g(f())))           // expect: 1	2
print(g(0, g(f()), f()))   // expect: 0	1	1	2
