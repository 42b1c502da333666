// What an assignment has learnt outlives the tables it saw. Their shapes die with the last of them, here on the stacks of
// coroutines, which leave nothing behind; the next table must not get a dead one.
func fill(t) {
    t.a = 1
    t.b = 2
    t.c = 3
    return t
}
sum := 0
for i := range 20 {
    coroutine.wrap(func() {
        for k, v := range fill({}) { sum += v }
        fill({x: 1}); fill({y: 1})
    })()
    collectgarbage()
    collectgarbage()
}
print(sum) // expect: 120
