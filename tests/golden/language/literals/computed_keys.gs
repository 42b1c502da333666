k := "x"
t := {[k]: 1, k: 2, [k .. k]: 3, [1 + 1]: "two", [true]: "yes"}
print(t.x, t.k, t.xx, t[2], t[true]) // expect: 1	2	3	two	yes
