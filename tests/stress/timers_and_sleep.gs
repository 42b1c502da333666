// Sleeping goroutines wake in order and not too early.
wg := sync.waitgroup()
for g := range 30 {
    wg:run(func() {
        for i := range 8 {
            t := time.monotonic && time.monotonic() || os.clock()
            d := ((g * 7 + i * 3) % 10) * 0.0005
            time.sleep(d)
            if time.monotonic && time.monotonic() - t < d - 0.0001 { error("too early") }
        }
    })
}
for g := range 10 {
    wg:run(func() {
        c := sync.context(nil, 0.003)
        <-c:done()
        if c:err() != "deadline exceeded" { error("bad reason") }
    })
}
wg:wait()
print("ok") // expect: ok
