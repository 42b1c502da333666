print(bit32.countbits(0), bit32.countbits(-1), bit32.countbits(0xF0)) // expect: 0	32	4
print(bit32.highbit(0), bit32.highbit(1), bit32.highbit(0x80000000))  // expect: -1	0	31
print(bit32.toHex(255), bit32.toHex(255, 8), bit32.toHex(-1, 2))      // expect: 0xFF	0x000000FF	0xFFFFFFFF
