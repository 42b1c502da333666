print(1 << 64, 1 << 100, -1 << 64)  // expect: 0	0	0
print(5 >> 64, -5 >> 64)            // expect: 0	-1
print(5 >> math.maxinteger, -5 >> math.maxinteger) // expect: 0	-1
