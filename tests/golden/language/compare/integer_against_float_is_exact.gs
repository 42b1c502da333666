print(9007199254740993 > 9007199254740992.0)  // expect: true
print(9007199254740993 <= 9007199254740992.0) // expect: false
print(math.maxinteger < 2 ** 63)              // expect: true
print(math.maxinteger >= 2 ** 63)             // expect: false
print(2 ** 63 > math.maxinteger)              // expect: true
print(math.mininteger >= -(2 ** 63))          // expect: true
