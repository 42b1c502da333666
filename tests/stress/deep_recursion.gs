// Deep recursion in many goroutines, caught stack overflows, calls through metamethods and callbacks.
func depth(n) { if n == 0 { return 0 }; return 1 + depth(n - 1) }
func forever(n) { return 1 + forever(n + 1) }
mt := {}
mt.__add = func(a, b) { if b == 0 { return 0 }; return 1 + (a + (b - 1)) }
wg := sync.waitgroup()
for g := range 8 {
    wg:run(func() {
        for i := range 5 {
            if depth(3000 + g * 100) != 3000 + g * 100 { error("bad depth") }
            o := setmetatable({}, mt)
            if o + 150 != 150 { error("bad sum") }
            t := {}
            for j := 1; j <= 30; j++ { t[j] = (j * 7) % 31 }
            table.sort(t, func(a, b) { return depth(40) + a < b + depth(40) })
            if t[1] > t[2] { error("bad order") }
        }
        if g < 3 {
            ok, e := pcall(forever, 0)
            if ok || !tostring(e):find("stack overflow") { error("bad overflow " .. tostring(e)) }
        }
    })
}
wg:wait()
print("ok") // expect: ok
