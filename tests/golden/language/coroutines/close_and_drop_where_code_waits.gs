// Coroutines that wait in hot code are closed, dropped, or closed by an error of a deferred call.
closed := 0
func worker(n) {
    defer func() { closed += n }()
    for i := 1; ; i++ { coroutine.yield(i) }
}
sum := 0
for round := 1; round <= 50; round++ {
    co := coroutine.create(worker)
    for i := 1; i <= round; i++ {
        _, v := coroutine.resume(co, 1)
        sum += v
    }
    if round % 2 == 0 {
        ok := coroutine.close(co)
        if round == 50 { print(round, ok) }
    }
}
print(sum, closed)
// expect: 50	true
// expect: 22100	25

// Many that are dropped where they wait, with collections between.
kept := {}
sum = 0
for i := 1; i <= 600; i++ {
    f := coroutine.wrap(func(a) { t := {a}; for { t[1] += coroutine.yield(t[1]) } })
    for j := 1; j <= 5; j++ { sum += f(j) }
    if i % 100 == 0 { kept[#kept + 1] = f; collectgarbage() }
}
for _, f := range kept { sum += f(1) }
print(sum)  // expect: 21096

bad := coroutine.create(func() { defer error("from the deferred call", 0); for { coroutine.yield() } })
for i := 1; i <= 40; i++ { coroutine.resume(bad) }
print(coroutine.close(bad))  // expect: false	from the deferred call
print(coroutine.status(bad))  // expect: dead
