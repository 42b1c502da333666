for i := range 3 { print(i); i = 10 }
// expect: 0
// expect: 1
// expect: 2
t := {a: 1, b: 2}
for k, v := range t { print(k); k = "zzz" }
// expect: a
// expect: b
