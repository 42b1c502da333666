// Who starts goroutines faster than they begin gives way, however fast the machine is; they never pile up.
begun, started, most := 0, 0, 0
done := make(chan)
for i := range 20000 {
    go func() {
        begun++
        if begun == 20000 { close(done) }
    }()
    started++
    if started - begun > most { most = started - begun }
}
<-done
print(begun, most <= 1100) // expect: 20000	true
// In a coroutine it is the whole goroutine that gives way.
begun, most = 0, 0
wg := sync.waitgroup()
co := coroutine.wrap(func() {
    for i := 1; i <= 3000; i++ {
        wg:run(func(a, b) { begun += b - a }, i, i + 1)
        if i - begun > most { most = i - begun }
    }
    return "ended"
})
print(co()) // expect: ended
wg:wait()
print(begun, most <= 1100) // expect: 3000	true
