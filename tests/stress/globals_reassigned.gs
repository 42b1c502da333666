// Globals that compiled code takes for constants get new values.
func f(x) { return x + 1 }
k1 := 5
func use() {
    s := 0
    for i := range 500 { s += f(i) + k1 }
    return s
}
wg := sync.waitgroup()
done := sync.atomic(0)
for g := range 5 {
    wg:run(func() {
        for range 300 {
            s := use()
            if s < 500 || s > 100000000 { error("bad " .. s) }
        }
        done:add(1)
    })
}
wg:run(func() {
    time.sleep(0.002)
    f = func(x) { return x + 2 }
    time.sleep(0.002)
    k1 = 7
    i := 0
    for done:load() < 5 {
        i++
        n := i
        f = func(x) { return x + n % 5 }
        k1 = i % 100
        if i % 4 == 0 { k1 = k1 + 0.5 }
        time.sleep(0.0003)
    }
})
wg:wait()
// A fresh function with a fresh global, many times: the first assignment after compiling.
for i := range 12 {
    c := load("g := 1; func body() { s := 0; for i := range 300 { s += g }; return s }; return body, func(v) { g = v }")
    body, set := c()
    w := sync.waitgroup()
    for g := range 3 { w:run(func() { for range 100 { v := body(); if v % 1 != 0 { error("bad") } } }) }
    w:run(func() { for j := range 5 { time.sleep(0.0003); set(j) } })
    w:wait()
    if body() != 1200 { error("stale global") }
}
print("ok") // expect: ok
