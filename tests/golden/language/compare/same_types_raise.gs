print(pcall(func() { return {} < {} }))        // expect: false	same_types_raise.gs:1: attempt to compare two table values
print(pcall(func() { return nil <= nil }))     // expect: false	same_types_raise.gs:2: attempt to compare two nil values
print(pcall(func() { return true > false }))   // expect: false	same_types_raise.gs:3: attempt to compare two boolean values
print(pcall(func() { return print >= print })) // expect: false	same_types_raise.gs:4: attempt to compare two function values
