print(table.count({1, 2, nil, 4, x: 1})) // expect: 4
print(table.count({}))                   // expect: 0
