// Everybody allocates, keeps and drops; what is kept stays whole.
wg := sync.waitgroup()
func tree(d) { if d == 0 { return {v: 1} }; return {l: tree(d - 1), r: tree(d - 1), v: d} }
func weight(t) { if t.l == nil { return 1 }; return weight(t.l) + weight(t.r) }
shared := {}
for g := range 6 {
    wg:run(func() {
        keep := {}
        for i := range 60 {
            t := tree(7)
            keep[i % 5 + 1] = t
            shared[(i + g) % 10 + 1] = t
            u := shared[(i * 3) % 10 + 1]
            if u && weight(u) != 128 { error("broken tree") }
            for k, v := range keep { if weight(v) != 128 { error("broken tree") } }
            s := ""
            for j := range 30 { s ..= j .. "," }
            f := func() { return t }
            if weight(f()) != 128 { error("broken closure") }
        }
    })
}
wg:wait()
print("ok") // expect: ok
