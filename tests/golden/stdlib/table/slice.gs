t := {1, 2, 3, 4, 5}
print(table.concat(table.slice(t, 2)))      // expect: 2345
print(table.concat(table.slice(t, 2, 3)))   // expect: 23
print(table.concat(table.slice(t, -2)))     // expect: 45
print(table.concat(table.slice(t, 0, 2)))   // expect: 12
print(table.concat(table.slice(t, 2, 99)))  // expect: 2345
print(#table.slice(t, 4, 2))                // expect: 0
print(table.concat(table.slice(t, -3, -2))) // expect: 34
