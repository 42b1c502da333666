v := setmetatable({}, {
    __lt: func(a, b) { return type(a) == "table" },
    __le: func(a, b) { return type(a) == "table" },
})
print(v < 1, 1 < v, v > 1, 1 > v)     // expect: true	false	false	true
print(v <= 1, 1 <= v, v >= 1, 1 >= v) // expect: true	false	false	true
