// One array is appended to, shrunk, sorted, copied and read by many at once.
t := {}
wg := sync.waitgroup()
for g := range 4 {
    wg:run(func() {
        for i := range 20000 {
            t[#t + 1] = i
            if i % 3 == 0 { t[#t] = nil }
            if i % 64 == 0 { for j := 1; j <= 20; j++ { t[#t] = nil } }
        }
    })
    wg:run(func() {
        for i := range 3000 {
            n := #t
            s := 0
            for j := 1; j <= 30; j++ { v := t[n - j]; if v != nil { s += v } }
            if i % 100 == 0 { pcall(table.insert, t, 1, 5); pcall(table.remove, t, 1) }
            if i % 200 == 0 { pcall(table.concat, t, ",", 1, 20); pcall(table.move, t, 1, 50, 3) }
            if i % 500 == 0 { pcall(table.sort, t) }
        }
    })
}
wg:wait()
print("ok") // expect: ok
