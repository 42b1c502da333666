store := {10, 20, 30}
proxy := setmetatable({}, {
    __len: func() { return #store },
    __index: func(t, k) { return store[k] },
    __newindex: func(t, k, v) { store[k] = v },
})
print(table.remove(proxy, 1))  // expect: 10
print(table.concat(store, " ")) // expect: 20 30
