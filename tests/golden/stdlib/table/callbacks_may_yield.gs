co := coroutine.wrap(func() {
    return table.concat(table.map({1, 2, 3}, func(v) { return coroutine.yield(v) }), ",")
})
print(co(), co("a"), co("b"), co("c")) // expect: 1	2	3	a,b,c
