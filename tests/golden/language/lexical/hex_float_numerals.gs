print(0x1p4, 0x1P-1)    // expect: 16.0	0.5
print(0x0.8, 0xA.8p1)   // expect: 0.5	21.0
print(0x1.0, 0xep1)     // expect: 1.0	28.0
print(0x1p+2)           // expect: 4.0
print(0x1e+1)           // expect: 31
