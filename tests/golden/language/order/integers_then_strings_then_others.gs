t := {b: 1, 10, a: 2, [true]: 3, 20}
t.c = 4
for k, v := range t { print(k, v) }
// expect: 1	10
// expect: 2	20
// expect: b	1
// expect: a	2
// expect: c	4
// expect: true	3
