t := {a: {b: {c: {10, 20}}}}
print(t.a.b.c[2], t["a"].b["c"][1]) // expect: 20	10
t.a.b.d = "new"
print(t.a.b.d) // expect: new
print(pcall(func() { return t.a.x.y })) // expect: false	chains.gs:5: attempt to index a nil value (field 'x')
