v := setmetatable({}, {__lt: func() { return 1 }, __le: func() { return nil }})
print(v < 1, v <= 1) // expect: true	false
