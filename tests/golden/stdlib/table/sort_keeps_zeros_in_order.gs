t := {0.0, -0.0, 0.0, -0.0, -1.0}
table.sort(t)
print(table.concat(t, " ")) // expect: -1.0 0.0 -0.0 0.0 -0.0
