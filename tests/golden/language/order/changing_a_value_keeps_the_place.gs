t := {a: 1, b: 2, c: 3}
t.a = 10
for k, v := range t { print(k, v) }
// expect: a	10
// expect: b	2
// expect: c	3
