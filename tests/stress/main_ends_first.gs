// The end of the main chunk ends the program, with goroutines in all states.
never := make(chan)
m := sync.mutex()
m:lock()
for g := range 30 {
    go func() { t := {}; for i := 0; ; i++ { t[i % 100] = {i}; if i % 1000 == 0 { time.sleep(0) } } }()
    go func() { <-never }()
    go func() { m:lock() }()
    go func() { time.sleep(100) }()
    go func() { co := coroutine.wrap(func() { for { coroutine.yield("x" .. g) } }); for { co() } }()
    go func() { co := coroutine.wrap(func() { <-never }); co() }()
}
time.sleep(0.05)
print("ok") // expect: ok
