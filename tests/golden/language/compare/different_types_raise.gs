print(pcall(func() { return 1 < "1" }))   // expect: false	different_types_raise.gs:1: attempt to compare number with string
print(pcall(func() { return nil <= 1 }))  // expect: false	different_types_raise.gs:2: attempt to compare nil with number
print(pcall(func() { return {} < 1 }))    // expect: false	different_types_raise.gs:3: attempt to compare table with number
