// Goroutines that end, fail in caught calls and panic, while others run and main computes.
wg := sync.waitgroup()
func deep(n) { if n == 0 { return error({code: 7}) }; return deep(n - 1) + 1 }
for g := range 40 {
    wg:run(func() {
        for i := range 40 {
            ok, e := pcall(deep, i * 10)
            if ok || e.code != 7 { error("bad error") }
            ok, e = xpcall(func() { return nil + i }, func(m) { return "h:" .. m })
            if ok || e:sub(1, 2) != "h:" { error("bad handler") }
            func with_defer() { defer func() { i += 0 }(); error("x") }
            if pcall(with_defer) { error("no error") }
        }
    })
}
s := 0
for i := range 2000000 { s += i % 7 }
if s != 5999997 && s != 5999994 { if s < 5900000 { error("bad sum " .. s) } }
wg:wait()
print("ok") // expect: ok
