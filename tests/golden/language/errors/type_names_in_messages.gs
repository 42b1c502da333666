print(pcall(func() { return true + 1 }))            // expect: false	type_names_in_messages.gs:1: attempt to perform arithmetic on a boolean value
print(pcall(func() { return make(chan) + 1 }))      // expect: false	type_names_in_messages.gs:2: attempt to perform arithmetic on a channel value
print(pcall(func() { return coroutine.create(print) + 1 })) // expect: false	type_names_in_messages.gs:3: attempt to perform arithmetic on a coroutine value
print(pcall(func() { return (func() {}) + 1 }))     // expect: false	type_names_in_messages.gs:4: attempt to perform arithmetic on a function value
print(pcall(func() { return sync.mutex() + 1 }))    // expect: false	type_names_in_messages.gs:5: attempt to perform arithmetic on a userdata value
