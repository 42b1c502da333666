store := {3, 1, 2}
proxy := setmetatable({}, {
    __len: func() { return #store },
    __index: func(t, k) { return store[k] },
    __newindex: func(t, k, v) { store[k] = v },
})
table.sort(proxy)
print(table.concat(store, " ")) // expect: 1 2 3
