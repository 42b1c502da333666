t := {a: 1}
for k, v := range next, t { print(k, v) } // expect: a	1
func three() { return next, t, nil }
for k, v := range three() { print(k, v) } // expect: a	1
