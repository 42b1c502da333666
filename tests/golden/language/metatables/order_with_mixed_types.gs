v := setmetatable({}, {__lt: func(a, b) { return type(a) .. " " .. type(b) == "number table" }})
print(1 < v, "x" < v) // expect: true	false
print(v > 1)          // expect: true
