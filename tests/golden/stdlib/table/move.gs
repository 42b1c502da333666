t := {1, 2, 3, 4, 5}
print(table.move(t, 2, 4, 1) == t)                  // expect: true
print(table.concat(t, " "))                         // expect: 2 3 4 4 5
t = {1, 2, 3}
table.move(t, 1, 3, 2)
print(table.concat(t, " "))                         // expect: 1 1 2 3
print(table.concat(table.move({1, 2}, 1, 2, 2, {9}), " ")) // expect: 9 1 2
print(#table.move({1, 2}, 2, 1, 1, {}))             // expect: 0
