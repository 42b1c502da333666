t := {a: 1, b: 2, c: 3}
for k, v := range t {
    print(k, v)
    t.b = nil
}
// expect: a	1
// expect: c	3
