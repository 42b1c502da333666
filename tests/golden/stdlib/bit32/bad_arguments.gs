print(pcall(bit32.band, 1.5))      // expect: false	bad_arguments.gs:1: bad argument #1 to 'bit32.band' (number has no integer representation)
print(pcall(bit32.bor, 1, "x"))    // expect: false	bad_arguments.gs:2: bad argument #2 to 'bit32.bor' (number expected, got string)
print(pcall(bit32.bnot))           // expect: false	bad_arguments.gs:3: bad argument #1 to 'bit32.bnot' (number expected, got no value)
