t := {n: 3, list: {1, 2}}
func five() { return 5 }
print(-t.n, #t.list, -five(), -t.list[2]) // expect: -3	2	-5	-2
print(!t.missing)                         // expect: true
print(-("5"):rep(2))                      // expect: -55
