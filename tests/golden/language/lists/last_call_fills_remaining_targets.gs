func f() { return 2, 3 }
a, b, c := 1, f()
print(a, b, c)      // expect: 1	2	3
var d, e, g = 1, f()
print(d, e, g)      // expect: 1	2	3
a, b, c = f(), 9
print(a, b, c)      // expect: 2	9	nil
