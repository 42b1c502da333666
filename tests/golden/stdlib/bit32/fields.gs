print(bit32.extract(0xABCD, 4, 8) == 0xBC, bit32.extract(5, 2), bit32.extract(-1, 0, 32)) // expect: true	1	4294967295
print(bit32.replace(0xFFFF, 0, 4, 8) == 0xF00F, bit32.replace(0, 3, 31))                  // expect: true	2147483648
print(bit32.replace(0, 0xFF, 0, 4), bit32.replace(1, 7, 0, 32))                           // expect: 15	7
print(pcall(bit32.extract, 1, 32))       // expect: false	fields.gs:4: trying to access non-existent bits
print(pcall(bit32.extract, 1, 30, 3))    // expect: false	fields.gs:5: trying to access non-existent bits
print(pcall(bit32.extract, 1, -1))       // expect: false	fields.gs:6: trying to access non-existent bits
print(pcall(bit32.extract, 1, 0, 0))     // expect: false	fields.gs:7: trying to access non-existent bits
print(pcall(bit32.replace, 1, 1, 0, 33)) // expect: false	fields.gs:8: trying to access non-existent bits
