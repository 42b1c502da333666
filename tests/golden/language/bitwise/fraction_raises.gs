print(pcall(func() { return 1.5 | 1 })) // expect: false	fraction_raises.gs:1: number has no integer representation
print(pcall(func() { return 1 & 2.5 })) // expect: false	fraction_raises.gs:2: number has no integer representation
print(pcall(func() { return ^0.5 }))    // expect: false	fraction_raises.gs:3: number has no integer representation
print(pcall(func() { return 1 << 0.5 })) // expect: false	fraction_raises.gs:4: number has no integer representation
