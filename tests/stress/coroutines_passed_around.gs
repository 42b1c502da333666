// Coroutines resumed by different goroutines, by one at a time.
func body(n) {
    s := 0
    for i := 1; i <= n; i++ { s += coroutine.yield(i, s) }
    return "end", s
}
ch := make(chan, 20)
results := make(chan, 100)
wg := sync.waitgroup()
COUNT, STEPS := 60, 120
for c := range COUNT {
    co := coroutine.create(body)
    coroutine.resume(co, STEPS)
    ch <- {co: co, n: 1}
    if c % 20 == 0 && c > 0 { }
    if c == 9 {
        for g := range 6 {
            wg:run(func() {
                for job := range ch {
                    ok, i, s := coroutine.resume(job.co, 2)
                    if !ok { error(i) }
                    if i == "end" {
                        if s != 2 * STEPS { error("bad sum " .. s) }
                        if coroutine.status(job.co) != "dead" { error("not dead") }
                        results <- s
                    } else {
                        if i != job.n + 1 || s != 2 * job.n { error("bad state") }
                        job.n = i
                        select { case ch <- job: default: go func() { ch <- job }() }
                    }
                }
            })
        }
    }
}
for c := range COUNT { <-results }
close(ch)
wg:wait()
print("ok") // expect: ok
