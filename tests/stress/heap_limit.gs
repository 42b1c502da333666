// options: --heap-limit 4M
// Many goroutines meet the heap's limit; each catches the error and goes on. Whoever allocates may meet it, so nothing is
// allocated where nobody catches it.
wg := sync.waitgroup()
hits := sync.atomic(0)
func work() {
    t := {}
    for i := 1; i <= 30000; i++ { t[i] = {i, tostring(i)} }
}
func check(ok, e) {
    if !ok && !tostring(e):find("not enough memory") { error("bad error " .. tostring(e)) }
    return ok
}
func fill() {
    for round := range 2 {
        if !check(pcall(work)) { hits:add(1) }
    }
}
func run() { for !check(pcall(fill)) { } }
for g := range 6 {
    // There may be no room for a goroutine either.
    for !pcall(wg.run, wg, run) { time.sleep(0.001) }
}
wg:wait()
t := {}
for i := 1; i <= 1000; i++ { t[i] = {i} }
if hits:load() == 0 { error("no limit met") }
print("ok") // expect: ok
