t := {"a", "b", 3, x: "y"}
print(table.contains(t, "y"), table.contains(t, "z"))           // expect: true	false
print(table.contains(t, 3.0))                                   // expect: true
print(table.indexOf(t, "b"), table.indexOf(t, 3.0), table.indexOf(t, "y")) // expect: 2	3	nil
print(pcall(table.contains, {}))                                // expect: false	contains_and_index_of.gs:5: bad argument #2 to 'table.contains' (value expected)
