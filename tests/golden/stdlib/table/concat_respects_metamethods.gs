t := setmetatable({}, {__len: func() { return 3 }, __index: func(t, k) { return k * 2 }})
print(table.concat(t, " ")) // expect: 2 4 6
