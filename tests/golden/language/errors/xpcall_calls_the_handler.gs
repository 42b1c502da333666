print(xpcall(func() { error("e") }, func(v) { return "handled " .. v, "dropped" })) // expect: false	handled e
print(xpcall(error, func(v) { return v }, {} == 1))                                 // expect: false	false
print(xpcall(func() { return nil + 1 }, func(v) { return "<" .. v .. ">" }))        // expect: false	<xpcall_calls_the_handler.gs:3: attempt to perform arithmetic on a nil value>
