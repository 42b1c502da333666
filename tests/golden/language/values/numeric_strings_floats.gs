print(tonumber("1.5"), tonumber("1."), tonumber(".5"))    // expect: 1.5	1.0	0.5
print(tonumber("1e2"), tonumber("0x1p4"))                 // expect: 100.0	16.0
print(tonumber("9223372036854775808"))                    // expect: 9.223372036854776e+18
print(tonumber("-9223372036854775809"))                   // expect: -9.223372036854776e+18
print(tonumber("-0.0"))                                   // expect: -0.0
