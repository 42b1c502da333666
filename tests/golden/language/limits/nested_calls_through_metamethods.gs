t := setmetatable({}, {__index: func(t, n) { if n == 0 { return 0 }; return 1 + t[n - 1] }})
print(t[199]) // expect: 199
c := setmetatable({}, {__add: func(a, n) { if n == 0 { return 0 }; return 1 + (a + (n - 1)) }})
print(c + 199) // expect: 199
