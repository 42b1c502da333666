t := setmetatable({1, 2}, {__len: func() { return 7 }})
print(rawlen(t), rawlen("abc")) // expect: 2	3
