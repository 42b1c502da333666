func f(x) { for k := range x {} }
print(pcall(f, nil))   // expect: false	other_values_raise.gs:1: attempt to range over a nil value (local 'x')
print(pcall(f, true))  // expect: false	other_values_raise.gs:1: attempt to range over a boolean value (local 'x')
print(pcall(func() { for k := range missing {} }))   // expect: false	other_values_raise.gs:4: attempt to range over a nil value (global 'missing')
print(pcall(func() { for k := range ({}).x {} }))    // expect: false	other_values_raise.gs:5: attempt to range over a nil value (field 'x')
print(pcall(func() { for k := range coroutine.create(print) {} })) // expect: false	other_values_raise.gs:6: attempt to range over a coroutine value
