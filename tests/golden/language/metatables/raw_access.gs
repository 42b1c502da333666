t := setmetatable({}, {
    __index: func() { return "index" },
    __newindex: func() { error("newindex") },
})
print(t.x, rawget(t, "x"))   // expect: index	nil
print(rawset(t, "x", 1) == t, t.x) // expect: true	1
