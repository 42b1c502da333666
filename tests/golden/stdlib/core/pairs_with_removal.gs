t := {a: 1, b: 2, c: 3, 10, 20}
n := 0
for k, v := range pairs(t) { t[k] = nil; n++ }
print(n, next(t)) // expect: 5	nil
