func f() { missing++ }
print(pcall(f)) // expect: false	increment_of_nil_raises.gs:1: attempt to perform arithmetic on a nil value (global 'missing')
t := {}
func g() { t.n += 1 }
print(pcall(g)) // expect: false	increment_of_nil_raises.gs:4: attempt to perform arithmetic on a nil value (field 'n')
