print(pcall(func() { s := "abc"; s.x = 1 })) // expect: false	assigning_into_other_types_raises.gs:1: attempt to index a string value (local 's')
print(pcall(func() { n := 5; n[1] = 1 }))    // expect: false	assigning_into_other_types_raises.gs:2: attempt to index a number value (local 'n')
print(pcall(func() { var x; x.y = 1 }))      // expect: false	assigning_into_other_types_raises.gs:3: attempt to index a nil value (local 'x')
