print(6 & 3, 6 | 3, 6 ^ 3, 6 &^ 3) // expect: 2	7	5	4
print(^0, ^5, ^-1)                 // expect: -1	-6	0
print(-1 & 0xff, -1 ^ 1)           // expect: 255	-2
print(math.maxinteger | math.mininteger) // expect: -1
