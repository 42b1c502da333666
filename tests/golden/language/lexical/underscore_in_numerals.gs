print(1_000_000)        // expect: 1000000
print(0xff_ff, 0b1_0, 0o1_7) // expect: 65535	2	15
print(1_0.2_5)          // expect: 10.25
print(0x1_0.8_0)        // expect: 16.5
