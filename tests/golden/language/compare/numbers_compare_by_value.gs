print(1 == 1.0, 1.5 == 1.5, -0.0 == 0)        // expect: true	true	true
print(9007199254740993 == 9007199254740992.0) // expect: false
print(math.maxinteger == 2 ** 63)             // expect: false
print(math.maxinteger + 0.0 == 2 ** 63)       // expect: true
print(math.mininteger == -(2 ** 63))          // expect: true
