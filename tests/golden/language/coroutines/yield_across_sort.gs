co := coroutine.wrap(func() {
    t := {3, 1, 2}
    table.sort(t, func(a, b) { coroutine.yield("compare"); return a < b })
    return table.concat(t, ",")
})
r := co()
n := 0
for r == "compare" { n++; r = co() }
print(r, n > 0) // expect: 1,2,3	true
