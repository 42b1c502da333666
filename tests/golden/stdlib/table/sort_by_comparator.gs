t := {3, 1, 2}
table.sort(t, func(a, b) { return a > b })
print(table.concat(t, " ")) // expect: 3 2 1
callable := setmetatable({}, {__call: func(self, a, b) { return a < b }})
table.sort(t, callable)
print(table.concat(t, " ")) // expect: 1 2 3
