print(1..2)     // expect: 12
print(1.5..2)   // expect: 1.52
print(0x1..2)   // expect: 12
