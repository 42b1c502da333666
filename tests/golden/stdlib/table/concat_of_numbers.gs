// Numbers in a list are written as `tostring` writes them.
print(table.concat({0, -1, 9, 10, 99, 100, -100, 12345, 2.5, -0.0, 1e300}, " "))
print(table.concat({math.maxinteger, math.mininteger, 140737488355327, 140737488355328, -140737488355329}, ","))
print(table.concat({"a", 1, "b", 22, "c", 333}))
// expect: 0 -1 9 10 99 100 -100 12345 2.5 -0.0 1e+300
// expect: 9223372036854775807,-9223372036854775808,140737488355327,140737488355328,-140737488355329
// expect: a1b22c333
