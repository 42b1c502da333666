print(pcall(func() { return nil + {} }))    // expect: false	error_names_the_unsuitable_operand.gs:1: attempt to perform arithmetic on a nil value
print(pcall(func() { return 1 + {} }))      // expect: false	error_names_the_unsuitable_operand.gs:2: attempt to perform arithmetic on a table value
print(pcall(func() { return {} + 1 }))      // expect: false	error_names_the_unsuitable_operand.gs:3: attempt to perform arithmetic on a table value
print(pcall(func() { return true * nil }))  // expect: false	error_names_the_unsuitable_operand.gs:4: attempt to perform arithmetic on a boolean value
print(pcall(func() { return "3" - "x" }))   // expect: false	error_names_the_unsuitable_operand.gs:5: attempt to perform arithmetic on a string value
