mt := {}
t := setmetatable({}, mt)
print(t.x) // expect: nil
mt.__index = func(t, k) { return "found " .. k }
print(t.x) // expect: found x
mt.__add = func(a, b) { return "added" }
print(t + 1) // expect: added
mt.__index = nil
print(t.x) // expect: nil
