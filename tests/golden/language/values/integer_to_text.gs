print(0, -0, 42, -42)               // expect: 0	0	42	-42
print(math.maxinteger)              // expect: 9223372036854775807
print(math.mininteger)              // expect: -9223372036854775808
print(tostring(7) .. 8)             // expect: 78
