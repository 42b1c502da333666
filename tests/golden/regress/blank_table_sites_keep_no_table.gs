// What a literal learns from its first table does not keep that table alive.
sites := {}
for i := 1; i <= 50; i++ {
    sites[i] = load("t := {}; for i := 1; i <= 20000; i++ { t[i] = i }; return #t")
}
collectgarbage()
before := collectgarbage("count")
n := 0
for i := 1; i <= 50; i++ { n += sites[i]() }
collectgarbage()
print(n, collectgarbage("count") - before < 2000) // expect: 1000000	true
// A collection between the first table and the second makes the site begin again.
func make(n) {
    t := {}
    for i := 1; i <= n; i++ { t["k" .. i] = i }
    return t
}
for round := range 4 {
    t := make(5 + round)
    collectgarbage()
    u := make(6 + round)
    print(t.k5, u["k" .. 6 + round])
}
// expect: 5	6
// expect: 5	7
// expect: 5	8
// expect: 5	9
