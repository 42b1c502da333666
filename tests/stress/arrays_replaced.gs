// Arrays of raw numbers are replaced in a field while others loop over them.
box := {a: {}, f: {}}
for i := 1; i <= 500; i++ { box.a[i] = i; box.f[i] = i * 1.5 }
wg := sync.waitgroup()
for g := range 4 {
    wg:run(func() {
        for range 300 {
            s := 0
            for i := 1; i <= #box.a; i++ { v := box.a[i]; if v != nil { s += v } }
            a := box.f
            for i := 1; i <= #a; i++ { v := a[i]; if v != nil { s += v; a[i] = v + 1 } }
            if type(s) != "number" { error("bad sum") }
        }
    })
}
for g := range 2 {
    wg:run(func() {
        for k := range 300 {
            n := (k * 37) % 700
            a, f := {}, {}
            for i := 1; i <= n; i++ { a[i] = i; f[i] = i + 0.25 }
            box.a = a
            box.f = f
            for i := #a; i > n / 2; i-- { a[i] = nil }
        }
    })
}
wg:wait()
print("ok") // expect: ok
