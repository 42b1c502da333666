// Mutexes, waitgroups, onces, atomics and contexts keep what they promise.
m, n := sync.mutex(), 0
a := sync.atomic(0)
inside := 0
wg := sync.waitgroup()
for g := range 8 {
    wg:run(func() {
        for i := range 1500 {
            m:lock()
            inside++
            if inside != 1 { error("two inside") }
            n++
            if i % 200 == 0 { time.sleep(0) }
            inside--
            m:unlock()
            a:add(1)
            if i % 10 == 0 { m:with(func() { n++ }) }
            if m:tryLock() { n++; n--; m:unlock() }
            for { old := a:load(); if a:compareAndSwap(old, old + 1) { break } }
        }
    })
}
wg:wait()
if n != 8 * 1650 || a:load() != 8 * 3000 { error("lost: " .. n .. " " .. a:load()) }
for round := range 100 {
    o, runs := sync.once(), 0
    w := sync.waitgroup()
    for g := range 6 {
        w:run(func() {
            v, u := o:do(func() { runs++; if round % 2 == 0 { time.sleep(0) }; return round, "r" })
            if v != round || u != "r" { error("bad once") }
        })
    }
    w:wait()
    if runs != 1 { error("ran " .. runs) }
}
for round := range 100 {
    root := sync.context()
    child := sync.context(root, round % 3 == 0 && 0.0005 || 10)
    w := sync.waitgroup()
    for g := range 4 {
        w:run(func() { <-child:done(); e := child:err(); if e == nil { error("no reason") } })
    }
    for g := range 2 { w:run(func() { root:cancel("r" .. g) }) }
    w:wait()
    e := root:err()
    if e != "r0" && e != "r1" { error("bad reason " .. tostring(e)) }
}
// A waitgroup as a barrier.
for round := range 200 {
    w, count := sync.waitgroup(), sync.atomic(0)
    w:add(5)
    for g := range 5 { go func() { count:add(1); w:done() }() }
    w:wait()
    if count:load() != 5 { error("waited too short") }
}
print("ok") // expect: ok
