print(math.pi, math.huge)                 // expect: 3.141592653589793	+Inf
print(math.maxinteger, math.mininteger)   // expect: 9223372036854775807	-9223372036854775808
