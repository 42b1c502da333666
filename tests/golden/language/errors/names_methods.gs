t := {n: 5}
print(pcall(func() { t:missing() }))    // expect: false	names_methods.gs:2: attempt to call a nil value (method 'missing')
print(pcall(func() { t:n() }))          // expect: false	names_methods.gs:3: attempt to call a number value (method 'n')
print(pcall(func() { ("x"):missing() })) // expect: false	names_methods.gs:4: attempt to call a nil value (method 'missing')
print(pcall(func() { nothing:m() }))    // expect: false	names_methods.gs:5: attempt to index a nil value (global 'nothing')
