h := setmetatable({}, {__call: func(self, a, b) { return "callable " .. b }})
v := setmetatable({}, {__add: h})
print(v + 1) // expect: callable 1
