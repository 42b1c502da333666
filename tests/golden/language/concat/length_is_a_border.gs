t := {1, 2, 3, nil, 5}
t[7] = 7
n := #t
print(n == 0 || t[n] != nil, t[n + 1] == nil) // expect: true	true
u := {1, 2, nil}
print(#u) // expect: 2
