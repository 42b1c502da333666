print(pcall(func() { return (nil).x }))   // expect: false	indexing_other_types_raises.gs:1: attempt to index a nil value
print(pcall(func() { return (5).x }))     // expect: false	indexing_other_types_raises.gs:2: attempt to index a number value
print(pcall(func() { return (true)[1] })) // expect: false	indexing_other_types_raises.gs:3: attempt to index a boolean value
print(pcall(func() { return (func() {}).x })) // expect: false	indexing_other_types_raises.gs:4: attempt to index a function value
print(pcall(func() { return make(chan).x }))  // expect: false	indexing_other_types_raises.gs:5: attempt to index a channel value
