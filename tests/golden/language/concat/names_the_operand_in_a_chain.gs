a, b := "a", "b"
print(pcall(func() { return a .. b .. missing }))      // expect: false	names_the_operand_in_a_chain.gs:2: attempt to concatenate a nil value (global 'missing')
print(pcall(func() { return missing .. a .. b }))      // expect: false	names_the_operand_in_a_chain.gs:3: attempt to concatenate a nil value (global 'missing')
print(pcall(func() { return a .. missing .. b }))      // expect: false	names_the_operand_in_a_chain.gs:4: attempt to concatenate a nil value (global 'missing')
