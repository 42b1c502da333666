print(table.unpack({1, 2, 3}))       // expect: 1	2	3
print(table.unpack({1, 2, 3}, 2))    // expect: 2	3
print(table.unpack({1, 2, 3}, 2, 4)) // expect: 2	3	nil
print(select("#", table.unpack({})))  // expect: 0
print(pcall(table.unpack, {}, 1, 1e8)) // expect: false	unpack.gs:5: too many results to unpack
