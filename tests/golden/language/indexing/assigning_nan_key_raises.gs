t := {}
print(pcall(func() { t[0/0] = 1 })) // expect: false	assigning_nan_key_raises.gs:2: table index is NaN
