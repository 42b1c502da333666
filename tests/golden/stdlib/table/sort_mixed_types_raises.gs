t := {3, "x", 1}
print(pcall(table.sort, t)) // expect: false	sort_mixed_types_raises.gs:2: attempt to compare string with number
print(t[1], t[2], t[3])     // expect: 3	x	1
print(pcall(table.sort, {{}, {}})) // expect: false	sort_mixed_types_raises.gs:4: attempt to compare two table values
print(pcall(table.sort, {1, 2}, 5)) // expect: false	sort_mixed_types_raises.gs:5: bad argument #2 to 'table.sort' (function expected, got number)
