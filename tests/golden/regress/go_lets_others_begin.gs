// Who starts goroutines faster than they begin gives way, however fast the machine is; they never pile up.
begun, started, most := sync.atomic(), 0, 0
done := make(chan)
for i := range 20000 {
    go func() {
        if begun:add(1) == 20000 { close(done) }
    }()
    started++
    most = math.max(most, started - begun:load())
}
<-done
print(begun:load(), most <= 1100) // expect: 20000	true
// In a coroutine it is the whole goroutine that gives way.
begun, most = sync.atomic(), 0
wg := sync.waitgroup()
co := coroutine.wrap(func() {
    for i := 1; i <= 3000; i++ {
        wg:run(func(a, b) { begun:add(b - a) }, i, i + 1)
        most = math.max(most, i - begun:load())
    }
    return "ended"
})
print(co()) // expect: ended
wg:wait()
print(begun:load(), most <= 1100) // expect: 3000	true
