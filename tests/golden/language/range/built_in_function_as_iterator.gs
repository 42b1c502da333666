t := {a: 1}
for k, v := range next, t { print(k, v) } // expect: a	1
