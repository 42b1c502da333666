t := setmetatable({}, {__index: func(t, k) { return "first" }})
print(t.x) // expect: first
setmetatable(t, {__index: func(t, k) { return "second" }})
print(t.x) // expect: second
setmetatable(t, nil)
print(t.x) // expect: nil
