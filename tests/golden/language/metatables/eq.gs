mt := {__eq: func(a, b) { return a.n == b.n }}
a, b, c := setmetatable({n: 1}, mt), setmetatable({n: 1}, mt), setmetatable({n: 2}, mt)
print(a == b, a != b, a == c, a != c) // expect: true	false	false	true
print(rawequal(a, b), rawequal(a, a)) // expect: false	true
