print(1 | 2 + 4)   // expect: 7
print(6 & 3 * 2)   // expect: 4
print(1 << 2 + 1)  // expect: 5
print(1 + 1 << 2)  // expect: 5
print(5 ^ 1 | 8)   // expect: 12
print(7 &^ 2 + 1)  // expect: 6
print(1 | 1 == 1)  // expect: true
