t := setmetatable({}, {__pairs: func(t) { return "f", "s", "c", "dropped" }})
print(pairs(t)) // expect: f	s	c
