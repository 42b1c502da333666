t := setmetatable({1, 2, 3}, {__len: func(t) { return 42 }})
print(#t, len(t), rawlen(t)) // expect: 42	42	3
u := setmetatable({}, {__len: func(t) { return "any value" }})
print(#u) // expect: any value
