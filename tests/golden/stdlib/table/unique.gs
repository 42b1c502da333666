u := table.unique({3, 1, 3, "1", 1.0, 2, 1, "1"})
print(table.concat(u, " ")) // expect: 3 1 1 2
nan := 0.0 / 0.0
print(#table.unique({nan, nan})) // expect: 2
