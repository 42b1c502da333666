print(10 - 2 - 3)      // expect: 5
print(16 / 4 / 2)      // expect: 2.0
print(2 * 7 % 4)       // expect: 2
print(256 >> 2 >> 1)   // expect: 32
