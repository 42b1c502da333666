a, b := {1, x: 1}, {7, 8, y: 2}
print(table.merge(a, b) == a)         // expect: true
print(a[1], a[2], a.x, a.y)           // expect: 7	8	1	2
print(pcall(table.merge, {}, nil))    // expect: false	merge.gs:4: bad argument #2 to 'table.merge' (table expected, got nil)
