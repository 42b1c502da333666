t := {}
print(pcall(func() { t[nil] = 1 }))   // expect: false	assigning_nil_key_raises.gs:2: table index is nil
print(pcall(func() { t[nil] = nil })) // expect: false	assigning_nil_key_raises.gs:3: table index is nil
