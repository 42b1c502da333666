t := {a: 1}
print(pcall(func() { return next(t, "b") })) // expect: false	next_with_unknown_key_raises.gs:2: invalid key to 'next'
print(pcall(func() { return next(t, 1) }))   // expect: false	next_with_unknown_key_raises.gs:3: invalid key to 'next'
print(pcall(func() { return next({}, {}) })) // expect: false	next_with_unknown_key_raises.gs:4: invalid key to 'next'
