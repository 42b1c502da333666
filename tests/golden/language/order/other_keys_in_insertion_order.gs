t := {}
t[-5] = "negative"
t[true] = "true"
t[2.5] = "float"
t[false] = "false"
t.s = "string"
t[1] = "one"
for k, v := range t { print(k, v) }
// expect: 1	one
// expect: s	string
// expect: -5	negative
// expect: true	true
// expect: 2.5	float
// expect: false	false
