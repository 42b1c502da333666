t := {}
t.__index = func(self, k) { return "self " .. k }
setmetatable(t, t)
print(t.x) // expect: self x
