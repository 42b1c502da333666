a, b := 1, 2
a, b = b, a
print(a, b) // expect: 2	1
t := {1, 2}
t[1], t[2] = t[2], t[1]
print(t[1], t[2]) // expect: 2	1
func f() { x, y, z := 1, 2, 3; x, y, z = z, x, y; return x, y, z }
print(f()) // expect: 3	1	2
