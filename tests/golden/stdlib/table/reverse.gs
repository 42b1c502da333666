t := {1, 2, 3, 4}
print(table.reverse(t) == t, table.concat(t)) // expect: true	4321
print(#table.reverse({}))                     // expect: 0
