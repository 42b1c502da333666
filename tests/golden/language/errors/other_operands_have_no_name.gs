t := {}
k := "key"
func f() {}
print(pcall(func() { return t[k].x }))     // expect: false	other_operands_have_no_name.gs:4: attempt to index a nil value
print(pcall(func() { return t[1].x }))     // expect: false	other_operands_have_no_name.gs:5: attempt to index a nil value
print(pcall(func() { return f().x }))      // expect: false	other_operands_have_no_name.gs:6: attempt to index a nil value
print(pcall(func() { return f() + 1 }))    // expect: false	other_operands_have_no_name.gs:7: attempt to perform arithmetic on a nil value
print(pcall(func() { t[1]() }))            // expect: false	other_operands_have_no_name.gs:8: attempt to call a nil value
print(pcall(func() { return "a" + 1 }))    // expect: false	other_operands_have_no_name.gs:9: attempt to perform arithmetic on a string value
