t := {x: 1, x: 2, ["x"]: 3}
print(t.x) // expect: 3
u := {"b", [1]: "a"}
print(u[1]) // expect: a
v := {[1]: "a", "b"}
print(v[1]) // expect: b
