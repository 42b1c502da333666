t := setmetatable({}, {
    __index: func(t, k) { return 10 },
    __newindex: func(t, k, v) { print("set", k, v) },
})
t.x += 5 // expect: set	x	15
t.y++    // expect: set	y	11
