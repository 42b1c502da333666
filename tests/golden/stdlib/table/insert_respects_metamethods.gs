log := {}
proxy := setmetatable({}, {
    __len: func() { return 2 },
    __index: func(t, k) { return "v" .. k },
    __newindex: func(t, k, v) { log[#log + 1] = k .. "=" .. v },
})
table.insert(proxy, "end")
table.insert(proxy, 1, "first")
print(table.concat(log, " ")) // expect: 3=end 3=v2 2=v1 1=first
