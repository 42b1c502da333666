print(pcall(func() { tonumber("1", 1) }))  // expect: false	tonumber_messages.gs:1: bad argument #2 to 'tonumber' (base out of range)
print(pcall(func() { tonumber("1", 37) })) // expect: false	tonumber_messages.gs:2: bad argument #2 to 'tonumber' (base out of range)
print(pcall(func() { tonumber({}, 10) }))  // expect: false	tonumber_messages.gs:3: bad argument #1 to 'tonumber' (string expected, got table)
