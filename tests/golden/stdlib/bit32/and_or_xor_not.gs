print(bit32.band(0xFF, 0x0F), bit32.bor(1, 2, 4), bit32.bxor(7, 2))  // expect: 15	7	5
print(bit32.band(), bit32.bor(), bit32.bxor())                      // expect: 4294967295	0	0
print(bit32.bnot(0), bit32.bnot(0xFFFFFFFF), bit32.band(-1))        // expect: 4294967295	0	4294967295
print(bit32.bor(2**32, 1), bit32.bor(-1, 0), bit32.bor("3", 4.0))   // expect: 1	4294967295	7
print(bit32.btest(6, 3), bit32.btest(4, 3), bit32.btest())          // expect: true	false	true
