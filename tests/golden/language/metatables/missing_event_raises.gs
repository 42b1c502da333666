v := setmetatable({}, {__add: func() { return 1 }})
print(pcall(func() { return v - 1 })) // expect: false	missing_event_raises.gs:2: attempt to perform arithmetic on a table value (global 'v')
print(pcall(func() { return v & 1 })) // expect: false	missing_event_raises.gs:3: attempt to perform bitwise operation on a table value (global 'v')
