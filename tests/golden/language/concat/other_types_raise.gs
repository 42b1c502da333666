print(pcall(func() { return "a" .. nil }))  // expect: false	other_types_raise.gs:1: attempt to concatenate a nil value
print(pcall(func() { return {} .. "a" }))   // expect: false	other_types_raise.gs:2: attempt to concatenate a table value
print(pcall(func() { return true .. 1 }))   // expect: false	other_types_raise.gs:3: attempt to concatenate a boolean value
print(pcall(func() { return "a" .. print })) // expect: false	other_types_raise.gs:4: attempt to concatenate a function value (global 'print')
