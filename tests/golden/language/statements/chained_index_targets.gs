t := {a: {b: {}}}
t.a.b.c, t["a"].d = 1, 2
print(t.a.b.c, t.a.d) // expect: 1	2
func get() { return t }
get().x = 5
print(t.x) // expect: 5
