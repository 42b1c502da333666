t := setmetatable({}, {__index: func(self, k) { return self == t && k }})
print(t.name, t[2], t[true]) // expect: name	2	true
