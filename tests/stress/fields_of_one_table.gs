// Many goroutines store to and read from the named keys of one table, add keys and remove them.
P := {x: 1, y: 2.5, s: "s"}
wg := sync.waitgroup()
for g := range 8 {
    wg:run(func() {
        for i := range 4000 {
            P.x = i
            P.y = i * 0.5
            P.s = "v" .. i
            P["k" .. (i % 40)] = g
            if i % 7 == 0 { P["k" .. ((i + 3) % 40)] = nil }
            a, b, c := P.x, P.y, P.s
            if math.type(a) != "integer" || type(b) != "number" || type(c) != "string" { error("bad value") }
            if i % 50 == 0 {
                n := 0
                for k, v := range P { n++; if type(k) != "string" || v == nil { error("bad key") } }
                if n > 43 { error("too many keys: " .. n) }
            }
        }
    })
}
wg:wait()
print("ok") // expect: ok
