// Errors out of coroutines that hot code resumes, into it by pcall inside, and deferred calls on the way.
func fails_at(n) {
    return func() {
        for i := 1; i <= n; i++ {
            if i == n { error({at: i}) }
            coroutine.yield(i)
        }
    }
}
raised, sum := 0, 0
for round := 1; round <= 40; round++ {
    co := coroutine.create(fails_at(round))
    for {
        ok, v := coroutine.resume(co)
        if !ok { raised += v.at; break }
        sum += v
    }
    if coroutine.status(co) != "dead" { print("still alive") }
}
print(raised, sum)  // expect: 820	10660

// The same through wrap, where the error goes on.
raised, sum = 0, 0
func all(n) {
    for v := range coroutine.wrap(fails_at(n)) { sum += v }
}
for round := 1; round <= 40; round++ {
    ok, e := pcall(all, round)
    raised += e.at
}
print(raised, sum)  // expect: 820	10660

// Caught inside, with yields under the pcall and in a deferred call.
log := 0
func careful() {
    for i := 1; i <= 60; i++ {
        ok, e := pcall(func() {
            defer func() { log += coroutine.yield(-i) }()
            log += coroutine.yield(i)
            if i % 2 == 0 { error(i) }
        })
        if !ok && type(e) != "string" && e != i { print("wrong error", e) }
    }
    return "done"
}
co := coroutine.wrap(careful)
v := co()
pos, neg := 0, 0
for v != "done" {
    if v > 0 { pos += v } else { neg += v }
    v = co(1)
}
print(pos, neg, log)  // expect: 1830	-1830	120
