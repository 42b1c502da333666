// Every value arrives exactly once, those of one producer in order, whatever the capacity.
func run(cap, producers, consumers, count) {
    ch := make(chan, cap)
    seen := {}
    for c := range consumers { seen[c + 1] = {} }
    pw, cw := sync.waitgroup(), sync.waitgroup()
    for p := range producers {
        pw:run(func() { for i := range count { ch <- {p: p, i: i} } })
    }
    for c := range consumers {
        cw:run(func() {
            last := {}
            mine := seen[c + 1]
            for v := range ch {
                if last[v.p] != nil && last[v.p] >= v.i { error("out of order") }
                last[v.p] = v.i
                mine[#mine + 1] = v.p * count + v.i
            }
        })
    }
    pw:wait()
    close(ch)
    cw:wait()
    all := {}
    n := 0
    for c := range consumers {
        for i, id := range seen[c + 1] {
            if all[id] { error("twice " .. id) }
            all[id] = true
            n++
        }
    }
    if n != producers * count { error("lost: " .. n .. " of " .. producers * count) }
}
for round := range 3 {
    run(0, 4, 4, 800)
    run(1, 6, 2, 500)
    run(10, 2, 6, 1000)
    run(1000, 5, 5, 600)
}
print("ok") // expect: ok
