t := {a: 1, b: 2}
k := next(t)
t[k] = nil
print(next(t, k)) // expect: b	2
