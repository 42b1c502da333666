print(tonumber("10"), tonumber("-7"), tonumber("+5"))     // expect: 10	-7	5
print(tonumber("0x10"), tonumber("-0xff"), tonumber("0b11"), tonumber("0o17")) // expect: 16	-255	3	15
print(tonumber("010"))                                    // expect: 10
print(tonumber("9223372036854775807"))                    // expect: 9223372036854775807
print(tonumber("-9223372036854775808"))                   // expect: -9223372036854775808
print(math.type(tonumber("-9223372036854775808")))        // expect: integer
print(tonumber("0xffffffffffffffff"))                     // expect: -1
