a := setmetatable({}, {__eq: func() { return 5 }})
print(a == {}, a != {}) // expect: true	false
