t := {1, 2, 3, a: 4, b: 5, c: 6}
n := 0
for k, v := range t { t[k] = nil; n++ }
print(n, next(t)) // expect: 6	nil
