v := setmetatable({}, {__add: func(a, b) { return type(a) .. type(b) }})
print("10" + v, "abc" + v) // expect: stringtable	stringtable
print("10" + 1)            // expect: 11
