print(pcall(func() { return #nil }))   // expect: false	length_of_other_types_raises.gs:1: attempt to get length of a nil value
print(pcall(func() { return #5 }))     // expect: false	length_of_other_types_raises.gs:2: attempt to get length of a number value
print(pcall(func() { return #print })) // expect: false	length_of_other_types_raises.gs:3: attempt to get length of a function value (global 'print')
print(pcall(func() { return #true }))  // expect: false	length_of_other_types_raises.gs:4: attempt to get length of a boolean value
