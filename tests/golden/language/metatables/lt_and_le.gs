mt := {
    __lt: func(a, b) { return a.n < b.n },
    __le: func(a, b) { return a.n <= b.n },
}
a, b := setmetatable({n: 1}, mt), setmetatable({n: 2}, mt)
print(a < b, b < a, a <= b, b <= a) // expect: true	false	true	false
print(a > b, b > a, a >= b, b >= a) // expect: false	true	false	true
print(a <= a, a < a)                // expect: true	false
