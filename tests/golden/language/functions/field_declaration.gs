a := {b: {c: {}}}
func a.f() { return "a.f" }
func a.b.c.f(x) { return "deep " .. x }
print(a.f(), a.b.c.f(1)) // expect: a.f	deep 1
print(f)                 // expect: nil
