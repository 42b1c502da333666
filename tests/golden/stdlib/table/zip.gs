z := table.zip({1, 2, 3}, {"a", "b"})
print(#z, z[1][1], z[1][2], z[2][1], z[2][2]) // expect: 2	1	a	2	b
