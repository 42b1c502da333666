v := setmetatable({}, {__add: func() { return 1, 2, 3 }, __sub: func() {}})
print(v + 1)              // expect: 1
print(v - 1)              // expect: nil
print(select("#", v - 1)) // expect: 1
