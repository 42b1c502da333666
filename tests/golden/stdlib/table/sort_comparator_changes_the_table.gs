t := {3, 1, 2}
table.sort(t, func(a, b) {
    for i := 1; i <= 3; i++ { t[i] = nil }
    collectgarbage()
    return a < b
})
print(table.concat(t, " ")) // expect: 1 2 3
