// Goroutines that lock see every change of the others; each finds all its own keys.
m := sync.mutex()
t := {}
wg := sync.waitgroup()
for g := range 6 {
    wg:run(func() {
        for i := range 1500 {
            m:lock()
            t["g" .. g .. "." .. i] = i
            t[g * 100000 + i] = g
            m:unlock()
        }
    })
}
wg:wait()
for g := range 6 {
    for i := range 1500 {
        if t["g" .. g .. "." .. i] != i || t[g * 100000 + i] != g { error("lost") }
    }
}
print("ok") // expect: ok
