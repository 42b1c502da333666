// options: --heap-limit 4M
// Many goroutines meet the heap's limit; each catches the error and goes on.
wg := sync.waitgroup()
hits := sync.atomic(0)
for g := range 6 {
    func fill() {
        for round := range 2 {
            ok, e := pcall(func() {
                t := {}
                for i := 1; i <= 30000; i++ { t[i] = {i, tostring(i)} }
            })
            if !ok { if !tostring(e):find("not enough memory") { error("bad error " .. tostring(e)) }; hits:add(1) }
        }
    }
    // There may be no room for a goroutine either.
    for !pcall(wg.run, wg, fill) { time.sleep(0.001) }
}
wg:wait()
t := {}
for i := 1; i <= 1000; i++ { t[i] = {i} }
if hits:load() == 0 { error("no limit met") }
print("ok") // expect: ok
