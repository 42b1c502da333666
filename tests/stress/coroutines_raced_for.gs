// Many goroutines resume, close and ask about the same coroutines at once: one wins, the others get an error.
allowed := {"cannot resume running coroutine": true, "cannot resume normal coroutine": true, "cannot resume dead coroutine": true}
func check(e) {
    e = tostring(e)
    if !e:find("cannot resume", 1, true) && !e:find("cannot close", 1, true) { error("bad error: " .. e) }
}
for round := range 25 {
    cos, count := {}, {}
    for i := 1; i <= 8; i++ {
        count[i] = sync.atomic(0)
        cos[i] = coroutine.create(func(a) {
            k := 0
            for k < 150 { k++; count[i]:add(1); t := {k: k}; v := coroutine.yield(t, k); if v != "in" { error("bad value in") } }
            return "end"
        })
    }
    wraps := {}
    for i := 1; i <= 4; i++ {
        wraps[i] = coroutine.wrap(func() { for k := range 200 { coroutine.yield(k); if k % 50 == 3 { error("own") } } })
    }
    got := sync.atomic(0)
    wg := sync.waitgroup()
    for g := range 6 {
        wg:run(func() {
            for i := range 400 {
                co := cos[(i * 7 + g) % 8 + 1]
                ok, t, k := coroutine.resume(co, "in")
                if ok { if t != "end" { if t.k != k { error("bad values") }; got:add(1) } } else { check(t) }
                s := coroutine.status(co)
                if s != "suspended" && s != "running" && s != "normal" && s != "dead" { error("bad status " .. s) }
                ok, e := pcall(wraps[i % 4 + 1])
                if ok { if math.type(e) != "integer" && e != nil { error("bad " .. tostring(e)) } } elseif !tostring(e):find("own") { check(e) }
                if i % 100 == 99 && round % 3 == 0 {
                    ok, e := pcall(coroutine.close, co)
                    if !ok { check(e) }
                }
            }
        })
    }
    wg:wait()
    n := 0
    for i := 1; i <= 8; i++ { n += count[i]:load() }
    if n != got:load() { error("yields " .. n .. " got " .. got:load()) }
}
print("ok") // expect: ok
