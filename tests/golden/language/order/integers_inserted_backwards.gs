t := {}
t[3] = "c"
t[2] = "b"
t[1] = "a"
for k, v := range t { print(k, v) }
// expect: 1	a
// expect: 2	b
// expect: 3	c
