print(4 / 2, 7 / 2, -7 / 2) // expect: 2.0	3.5	-3.5
print(9007199254740993 / 1) // expect: 9007199254740992.0
print(math.mininteger / -1) // expect: 9.223372036854776e+18
