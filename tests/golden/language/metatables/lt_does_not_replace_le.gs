v := setmetatable({}, {__lt: func() { return true }})
print(v < v)                           // expect: true
print(pcall(func() { return v <= v })) // expect: false	lt_does_not_replace_le.gs:3: attempt to compare two table values
w := setmetatable({}, {__le: func() { return true }})
print(pcall(func() { return w < w }))  // expect: false	lt_does_not_replace_le.gs:5: attempt to compare two table values
