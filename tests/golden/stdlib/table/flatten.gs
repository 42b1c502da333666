t := {1, {2, {3, {4}}}, 5}
print(table.concat(table.flatten(t), " "))    // expect: 1 2 3 4 5
print(#table.flatten(t, 1), #table.flatten(t, 0)) // expect: 4	3
print(#table.flatten({{}, {{}}}))             // expect: 0
