// Many functions become hot in many goroutines at once: compiled, run, left, thrown away, compiled again.
wg := sync.waitgroup()
fs := {}
for i := 1; i <= 30; i++ {
    fs[i] = load("return func(t, n) { s := 0; for i := 1; i <= n; i++ { s += t.a * i + (t[i % 4 + 1] || 0) }; return s }")()
}
for g := range 6 {
    wg:run(func() {
        ts := {{a: 1, 1, 2, 3, 4}, {a: 1.5, 1.5, 2, 3, 4}, {b: 1, a: 2}, {a: 2, "1", "2", "3", 4}, setmetatable({}, {__index: {a: 3}})}
        want := {}
        for j := 1; j <= 5; j++ { want[j] = fs[1](ts[j], 60) }
        for i := range 1500 {
            f := fs[(i * 7 + g) % 30 + 1]
            j := math.floor(i / 100) % 5 + 1
            if f(ts[j], 60) != want[j] { error("bad result") }
        }
    })
}
wg:wait()
print("ok") // expect: ok
