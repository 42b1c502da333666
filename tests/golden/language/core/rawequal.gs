a := setmetatable({}, {__eq: func() { return true }})
print(rawequal(a, {}), rawequal(a, a), rawequal(1, 1.0), rawequal("a", "a"), rawequal(1, "1")) // expect: false	true	true	true	false
