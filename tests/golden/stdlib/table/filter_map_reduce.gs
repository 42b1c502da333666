t := {1, 2, 3, 4}
print(table.concat(table.filter(t, func(v, i) { return v % 2 == 0 })))     // expect: 24
print(table.concat(table.filter(t, func(v, i) { return i > 2 })))          // expect: 34
print(table.concat(table.map(t, func(v, i) { return v * i, "extra" }), " ")) // expect: 1 4 9 16
m := table.map(t, func(v) { if v != 2 { return v } })
print(m[1], m[2], m[3], m[4])                                              // expect: 1	nil	3	4
print(table.reduce(t, func(acc, v) { return acc + v }, 0))                 // expect: 10
print(table.reduce(t, func(acc, v) { if v == 4 { return "last" } }, "start")) // expect: last
print(table.reduce({}, func() {}, "start"))                                // expect: start
print(pcall(table.reduce, t, func() {}))                                   // expect: false	filter_map_reduce.gs:10: bad argument #3 to 'table.reduce' (value expected)
