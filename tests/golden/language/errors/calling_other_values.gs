print(pcall(func() { (5)() }))      // expect: false	calling_other_values.gs:1: attempt to call a number value
print(pcall(func() { ("s")() }))    // expect: false	calling_other_values.gs:2: attempt to call a string value
print(pcall(func() { ({})() }))     // expect: false	calling_other_values.gs:3: attempt to call a table value
print(pcall(func() { (nil)() }))    // expect: false	calling_other_values.gs:4: attempt to call a nil value
