func f() { return 1 }
a, b, c := f()
print(a, b, c)       // expect: 1	nil	nil
x, y := 5
print(x, y)          // expect: 5	nil
t := {}
t.a, t.b = 1
print(t.a, t.b)      // expect: 1	nil
