print(bit32.test(5, 0), bit32.test(5, 1), bit32.test(-1, 31)) // expect: true	false	true
print(bit32.set(0, 31), bit32.clear(7, 1), bit32.toggle(5, 0), bit32.toggle(5, 1)) // expect: 2147483648	5	4	7
print(pcall(bit32.test, 1, 32))    // expect: false	single_bits.gs:3: bad argument #2 to 'bit32.test' (bit position out of range)
print(pcall(bit32.set, 1, -1))     // expect: false	single_bits.gs:4: bad argument #2 to 'bit32.set' (bit position out of range)
print(pcall(bit32.clear, 1, 40))   // expect: false	single_bits.gs:5: bad argument #2 to 'bit32.clear' (bit position out of range)
print(pcall(bit32.toggle, 1, 99))  // expect: false	single_bits.gs:6: bad argument #2 to 'bit32.toggle' (bit position out of range)
