v := setmetatable({}, {__add: func(a, b) { return b.x.y }})
print(pcall(func() { return v + {} })) // expect: false	error_in_a_handler.gs:1: attempt to index a nil value (field 'x')
