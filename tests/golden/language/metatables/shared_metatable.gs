mt := {__index: func(t, k) { return t.base + k }}
a, b := setmetatable({base: 10}, mt), setmetatable({base: 20}, mt)
print(a[1], b[1]) // expect: 11	21
