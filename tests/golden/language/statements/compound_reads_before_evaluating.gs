x := 1
func f() { x = 10; return 1 }
x += f()
print(x) // expect: 2
t := {n: 1}
func g() { t.n = 10; return 1 }
t.n += g()
print(t.n) // expect: 2
