print(5.5 % 2, -5.5 % 2, 5.5 % -2, -5.5 % -2) // expect: 1.5	0.5	-0.5	-1.5
print(5 % 3.0, -5 % 3.0)               // expect: 2.0	1.0
print(5 % math.huge, -5 % math.huge)   // expect: 5.0	+Inf
