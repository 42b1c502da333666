print(bit32.lrotate(0x80000001, 1), bit32.rrotate(3, 1))     // expect: 3	2147483649
print(bit32.lrotate(0x12345678, 4) == 0x23456781)            // expect: true
print(bit32.lrotate(1, -1), bit32.rrotate(1, 33), bit32.lrotate(5, 32)) // expect: 2147483648	2147483648	5
