print(pcall(func() { rawget() }))      // expect: false	bad_argument_no_value.gs:1: bad argument #1 to 'rawget' (table expected, got no value)
print(pcall(func() { rawget(nil) }))   // expect: false	bad_argument_no_value.gs:2: bad argument #1 to 'rawget' (table expected, got nil)
print(pcall(func() { cap(5) }))        // expect: false	bad_argument_no_value.gs:3: bad argument #1 to 'cap' (channel expected, got number)
