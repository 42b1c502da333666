base := setmetatable({}, {__index: func(t, k) { return "default " .. k }})
t := setmetatable({}, {__index: base})
print(t.x) // expect: default x
