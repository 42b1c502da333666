t := {1, 2, 3}
table.insert(t, 2, 2.5)
table.insert(t, 1, "s")
table.insert(t, 1, true)
print(table.unpack(t)) // expect: true	s	1	2.5	2	3
