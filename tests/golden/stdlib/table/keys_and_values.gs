t := {10, 20, x: 1, y: 2}
print(table.concat(table.keys(t), " "))    // expect: 1 2 x y
print(table.concat(table.values(t), " "))  // expect: 10 20 1 2
print(table.concat(table.toArray(t), " ")) // expect: 10 20 1 2
print(#table.keys({}))                     // expect: 0
