a := setmetatable({}, {__eq: func() { return "left" }})
b := setmetatable({}, {__eq: func() { return nil }})
print(a == b, b == a) // expect: true	false
print(a != b, b != a) // expect: false	true
