t := setmetatable({}, {__pairs: func(t) {
    return func(_, k) { if k == nil { return 1, "one" }; if k < 3 { return k + 1, "more" } }, t, nil
}})
print(table.concat(table.keys(t), " "))   // expect: 1 2 3
print(table.concat(table.values(t), " ")) // expect: one more more
print(table.count(t))                     // expect: 3
