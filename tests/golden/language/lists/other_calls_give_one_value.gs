func f() { return 1, 2, 3 }
func none() {}
print(f(), 0)        // expect: 1	0
print(none(), 0)     // expect: nil	0
a, b, c := f(), f()
print(a, b, c)       // expect: 1	1	2
print(#{f(), f()})   // expect: 4
