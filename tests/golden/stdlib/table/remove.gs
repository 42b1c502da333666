t := {"a", "b", "c", "d"}
print(table.remove(t))    // expect: d
print(table.remove(t, 1)) // expect: a
print(table.remove(t, 2)) // expect: c
print(table.concat(t))    // expect: b
print(table.remove(t, 2)) // expect: nil
print(table.remove(t), #t) // expect: b	0
