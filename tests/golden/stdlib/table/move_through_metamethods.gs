log := {}
to := setmetatable({}, {__newindex: func(t, k, v) { log[#log + 1] = k .. "=" .. v }})
table.move({"a", "b"}, 1, 2, 5, to)
print(table.concat(log, " ")) // expect: 5=a 6=b
