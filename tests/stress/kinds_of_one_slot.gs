// A slot that has only held floats, integers, then anything, read by compiled loops of others.
func make_point(i) { return {x: i * 1.0, n: i} }
points := {}
for i := 1; i <= 200; i++ { points[i] = make_point(i) }
func sum() {
    s := 0.0
    for i := 1; i <= #points; i++ {
        v := points[i].x
        if type(v) == "number" { s += v } elseif type(v) == "string" { s += #v } else { error("bad kind " .. type(v)) }
        w := points[i].n
        if type(w) == "number" { s += w } elseif type(w) != "table" { error("bad kind") }
    }
    return s
}
wg := sync.waitgroup()
for g := range 6 {
    wg:run(func() { for range 150 { sum() } })
}
wg:run(func() {
    for i := range 60 {
        for j := 1; j <= 200; j++ { points[j].x = i + j * 0.25 }
        if i == 20 { points[3].x = 7 }
        if i == 30 { points[4].x = "text" }
        if i == 40 { points[5].n = 1.5; points[6].n = {} }
        points[i + 1] = make_point(i)
        time.sleep(0)
    }
})
wg:wait()
print("ok") // expect: ok
