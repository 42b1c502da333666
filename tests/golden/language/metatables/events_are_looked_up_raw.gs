mt := setmetatable({}, {__index: func(t, k) { return func() { return "wrong" } }})
t := setmetatable({}, mt)
print(t.x)                                     // expect: nil
print(pcall(func() { return t + 1 }))          // expect: false	events_are_looked_up_raw.gs:4: attempt to perform arithmetic on a table value (global 't')
