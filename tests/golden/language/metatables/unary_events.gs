mt := {
    __unm: func(a, b) { return a == b && "minus" },
    __bnot: func(a, b) { return a == b && "complement" },
}
v := setmetatable({}, mt)
print(-v, ^v) // expect: minus	complement
