t := setmetatable({}, {__index: func() { return "meta" }, __newindex: func() { error("no") }})
print(rawget(t, "x"), t.x)     // expect: nil	meta
print(rawset(t, "x", 5) == t)  // expect: true
print(rawget(t, "x"), t.x)     // expect: 5	5
print(pcall(func() { rawset({}, nil, 1) })) // expect: false	rawget_and_rawset.gs:5: table index is nil
print(pcall(func() { rawset({}, 0/0, 1) })) // expect: false	rawget_and_rawset.gs:6: table index is NaN
