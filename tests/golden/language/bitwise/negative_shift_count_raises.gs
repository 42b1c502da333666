print(pcall(func() { return 1 << -1 })) // expect: false	negative_shift_count_raises.gs:1: negative shift count
print(pcall(func() { return 1 >> -1 })) // expect: false	negative_shift_count_raises.gs:2: negative shift count
