print(pcall(func() { error("text") }))    // expect: false	text
print(pcall(func() { error("text", 1) })) // expect: false	error_without_level_is_unchanged.gs:2: text
print(pcall(func() { error() }))          // expect: false	nil
