a := {n: 1}
b := a
b.n = 2
print(a.n, a == b) // expect: 2	true
func set(t) { t.n = 3 }
set(a)
print(b.n) // expect: 3
