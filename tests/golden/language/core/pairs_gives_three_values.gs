t := {a: 1}
f, s, c := pairs(t)
print(f == next, s == t, c, select("#", pairs(t))) // expect: true	true	nil	3
