t := {}
print(pcall(func() { t[1] <- 1 }))   // expect: false	send_to_other_values_raises.gs:2: attempt to send to a nil value
print(pcall(func() { ({}) <- 1 }))   // expect: false	send_to_other_values_raises.gs:3: attempt to send to a table value
print(pcall(func() { ("x") <- 1 }))  // expect: false	send_to_other_values_raises.gs:4: attempt to send to a string value
