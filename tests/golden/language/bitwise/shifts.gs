print(1 << 4, 256 >> 4)  // expect: 16	16
print(1 << 63)           // expect: -9223372036854775808
print(3 << 63)           // expect: -9223372036854775808
print(5 << 0, 5 >> 0)    // expect: 5	5
