print(pcall(func() { return {[nil]: 1} })) // expect: false	nil_key_raises.gs:1: table index is nil
print(pcall(func() { return {[0/0]: 1} })) // expect: false	nil_key_raises.gs:2: table index is NaN
