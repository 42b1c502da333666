print(math.max(1, 2.5, 2), math.min(3, 1, 2))   // expect: 2.5	1
print(math.max(1, 1.0), math.max(1.0, 1))       // expect: 1	1.0
print(math.min(2.0, 2), math.min("3", 4))       // expect: 2.0	3
print(math.max(math.maxinteger, 2.0**63))       // expect: 9.223372036854776e+18
print(pcall(math.max))                          // expect: false	max_min.gs:5: bad argument #1 to 'math.max' (number expected, got no value)
print(pcall(math.min, 1, "x"))                  // expect: false	max_min.gs:6: bad argument #2 to 'math.min' (number expected, got string)
