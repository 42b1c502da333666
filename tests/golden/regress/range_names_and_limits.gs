// What __pairs gives is not called by the name of the table.
t := setmetatable({}, {__pairs: func() {}})
print(pcall(func() { for k := range t {} }))
// expect: false	range_names_and_limits.gs:3: attempt to range over a nil value
// The iterator of ipairs counts with all 64 bits.
iterator := ipairs({})
x := setmetatable({}, {__index: func(t, i) { if i < 140737488355330 { return i } }})
for i, v := range iterator, x, 140737488355326 { print(i, v == i) }
// expect: 140737488355327	true
// expect: 140737488355328	true
// expect: 140737488355329	true
