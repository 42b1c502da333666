t := table.fromArray({"a", "bb", "ccc"}, func(s) { if #s != 2 { return #s } })
print(t[1], t[2], t[3]) // expect: a	nil	ccc
print(pcall(table.fromArray, {1}, 1)) // expect: false	from_array.gs:3: bad argument #2 to 'table.fromArray' (function expected, got number)
