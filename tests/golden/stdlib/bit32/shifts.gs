print(bit32.lshift(1, 4), bit32.lshift(1, 31), bit32.lshift(1, 32))     // expect: 16	2147483648	0
print(bit32.lshift(0xFFFFFFFF, 4), bit32.lshift(16, -4))                // expect: 4294967280	1
print(bit32.rshift(0xF0, 4), bit32.rshift(-1, 28), bit32.rshift(1, -3)) // expect: 15	15	8
print(bit32.rshift(1, 64), bit32.lshift(1, math.mininteger), bit32.rshift(1, math.mininteger)) // expect: 0	0	0
print(bit32.arshift(-8, 1), bit32.arshift(8, 1), bit32.arshift(-1, 99)) // expect: -4	4	-1
print(bit32.arshift(0x80000000, 31), bit32.arshift(1, -3), bit32.arshift(1, 40)) // expect: -1	8	0
