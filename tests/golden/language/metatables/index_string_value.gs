t := setmetatable({}, {__index: "text"})
print(t.upper == string.upper) // expect: true
