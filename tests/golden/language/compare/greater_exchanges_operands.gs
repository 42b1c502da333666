print(pcall(func() { return 1 > "x" }))  // expect: false	greater_exchanges_operands.gs:1: attempt to compare string with number
print(pcall(func() { return {} >= 1 }))  // expect: false	greater_exchanges_operands.gs:2: attempt to compare number with table
