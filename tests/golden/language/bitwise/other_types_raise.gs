print(pcall(func() { return nil | 1 }))  // expect: false	other_types_raise.gs:1: attempt to perform bitwise operation on a nil value
print(pcall(func() { return 1 & {} }))   // expect: false	other_types_raise.gs:2: attempt to perform bitwise operation on a table value
print(pcall(func() { return ^true }))    // expect: false	other_types_raise.gs:3: attempt to perform bitwise operation on a boolean value
print(pcall(func() { return "x" ^ 1 }))  // expect: false	other_types_raise.gs:4: attempt to perform bitwise operation on a string value
print(pcall(func() { return {} << 1 }))  // expect: false	other_types_raise.gs:5: attempt to perform bitwise operation on a table value
print(pcall(func() { return 1 >> {} }))  // expect: false	other_types_raise.gs:6: attempt to perform bitwise operation on a table value
print(pcall(func() { return 1 &^ nil })) // expect: false	other_types_raise.gs:7: attempt to perform bitwise operation on a nil value
