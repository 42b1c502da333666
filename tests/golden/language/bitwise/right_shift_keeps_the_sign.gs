print(-1 >> 1, -8 >> 1, -9 >> 1) // expect: -1	-4	-5
print(math.mininteger >> 63)     // expect: -1
print(math.maxinteger >> 62)     // expect: 1
