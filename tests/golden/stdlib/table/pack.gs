t := table.pack(1, nil, 3, nil)
print(t.n, t[1], t[2], t[3]) // expect: 4	1	nil	3
print(table.pack().n)        // expect: 0
