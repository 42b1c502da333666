t := setmetatable({}, {__index: func(t, i) { return i * 10 }, __len: func() { return 3 }})
print(unpack(t)) // expect: 10	20	30
