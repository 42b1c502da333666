t := {}
print(pcall(func() { return <-t[1] })) // expect: false	receive_from_other_values_raises.gs:2: attempt to receive from a nil value
print(pcall(func() { return <-5 }))    // expect: false	receive_from_other_values_raises.gs:3: attempt to receive from a number value
print(pcall(func() { return <-{} }))   // expect: false	receive_from_other_values_raises.gs:4: attempt to receive from a table value
