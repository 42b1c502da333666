print(5 % 3, -5 % 3, 5 % -3, -5 % -3)  // expect: 2	1	-1	-2
print(6 % 3, -6 % 3, 0 % -3)           // expect: 0	0	0
print(math.mininteger % -1, math.maxinteger % -1) // expect: 0	0
print(math.mininteger % 3)             // expect: 1
