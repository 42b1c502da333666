t := setmetatable({}, {__tostring: func(t) { return 5 }})
print(pcall(func() { return tostring(t) })) // expect: false	tostring_must_give_a_string.gs:2: '__tostring' must return a string
