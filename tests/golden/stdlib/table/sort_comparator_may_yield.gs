t := {4, 2, 3, 1}
co := coroutine.wrap(func() {
    table.sort(t, func(a, b) { coroutine.yield(a); return a < b })
    return "sorted"
})
steps := 0
for co() != "sorted" { steps++ }
print(steps > 0, table.concat(t, " ")) // expect: true	1 2 3 4
