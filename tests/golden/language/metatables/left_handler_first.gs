a := setmetatable({}, {__add: func() { return "left" }})
b := setmetatable({}, {__add: func() { return "right" }})
plain := {}
print(a + b, b + a, plain + b, 1 + b) // expect: left	right	right	right
