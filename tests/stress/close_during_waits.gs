// Channels are closed while others wait in sends, receives and selects.
for round := range 150 {
    ch := make(chan, round % 2)
    wg := sync.waitgroup()
    raised, nils := sync.atomic(0), sync.atomic(0)
    for g := range 3 {
        wg:run(func() {
            ok, e := pcall(func() { for { ch <- 1 } })
            if ok || !e:find("send on closed channel", 1, true) { error("bad error " .. tostring(e)) }
            raised:add(1)
        })
        wg:run(func() {
            for { v, ok := <-ch; if !ok { if v != nil { error("bad value") }; nils:add(1); break } elseif v != 1 { error("bad value") } }
        })
        wg:run(func() {
            other := make(chan)
            for {
                is_open := true
                select {
                case _, ok := <-ch: is_open = ok
                case <-other: error("never")
                }
                if !is_open { break }
            }
            nils:add(1)
        })
        wg:run(func() {
            ok, e := pcall(func() {
                other := make(chan)
                for { select { case ch <- 1: case <-other: error("never") } }
            })
            if ok || !e:find("send on closed channel", 1, true) { error("bad error " .. tostring(e)) }
            raised:add(1)
        })
    }
    if round % 3 == 0 { time.sleep(0.0005) } elseif round % 3 == 1 { time.sleep(0) }
    close(ch)
    if pcall(close, ch) { error("closed twice") }
    wg:wait()
    if raised:load() != 6 || nils:load() != 6 { error("lost one") }
}
print("ok") // expect: ok
