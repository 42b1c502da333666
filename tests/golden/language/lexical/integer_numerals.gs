print(0, 7, 123456789)              // expect: 0	7	123456789
print(9223372036854775807)          // expect: 9223372036854775807
print(010, 007)                     // expect: 10	7
print(0x10, 0Xff, 0xABCDEF)         // expect: 16	255	11259375
print(0b101, 0B11, 0o17, 0O7)       // expect: 5	3	15	7
