t := setmetatable({}, {__index: func(t, i) { if i <= 3 { return i * i } }})
for i, v := range ipairs(t) { print(i, v) }
// expect: 1	1
// expect: 2	4
// expect: 3	9
