print(pcall(func() { select(0, 1) }))  // expect: false	select_messages.gs:1: bad argument #1 to 'select' (index out of range)
print(pcall(func() { select(-2, 1) })) // expect: false	select_messages.gs:2: bad argument #1 to 'select' (index out of range)
print(pcall(func() { select({}) }))    // expect: false	select_messages.gs:3: bad argument #1 to 'select' (number expected, got table)
print(pcall(func() { select() }))      // expect: false	select_messages.gs:4: bad argument #1 to 'select' (number expected, got no value)
