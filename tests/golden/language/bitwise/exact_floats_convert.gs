print(3.0 | 4, 6.0 & 3.0, ^1.0) // expect: 7	2	-2
print(1.0 << 2.0)               // expect: 4
print(math.type(1.0 | 2.0))     // expect: integer
