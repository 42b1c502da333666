// Deadlocks are found with several workers, again and again, and only true ones.
for round := range 60 {
    ch, other := make(chan), make(chan)
    wg := sync.waitgroup()
    for g := range 4 { go func() { other <- 1 }() }
    wg:run(func() { for i := range 200 { } })
    ok, e := pcall(func() { <-ch })
    if ok || !e:find("deadlock", 1, true) { error("no deadlock: " .. tostring(e)) }
    for g := range 4 { if <-other != 1 { error("bad value") } }
    // No deadlock: somebody comes.
    go func() { time.sleep(0.0002); ch <- 5 }()
    if <-ch != 5 { error("bad value") }
    m := sync.mutex()
    m:lock()
    ok, e = pcall(func() { m:lock() })
    if ok || !e:find("deadlock", 1, true) { error("no deadlock: " .. tostring(e)) }
}
print("ok") // expect: ok
