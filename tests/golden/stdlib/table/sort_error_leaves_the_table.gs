t, calls := {5, 4, 3, 2, 1}, 0
ok, e := pcall(table.sort, t, func(a, b) {
    calls++
    if calls > 3 { error("stop") }
    return a < b
})
print(ok, e)                // expect: false	stop
print(table.concat(t, " ")) // expect: 5 4 3 2 1
