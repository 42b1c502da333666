// What `sync` orders: unlocking before the next lock, the end of a group before `wait` returns, the run of a `once` before other
// calls return, an atomic store before a load that sees it.
m, count := sync.mutex(), 0
wg := sync.waitgroup()
for i := 1; i <= 8; i++ {
    wg:run(func() {
        for j := 1; j <= 500; j++ { m:with(func() { count++ }) }
    })
}
wg:wait()
print(count)

parts := {}
group := sync.waitgroup()
for i := 1; i <= 8; i++ {
    parts[i] = {}
    group:run(func() { for j := 1; j <= 100; j++ { parts[i][j] = i * j } })
}
group:wait()
sum := 0
for i := 1; i <= 8; i++ { for j := 1; j <= 100; j++ { sum += parts[i][j] } }
print(sum)

once, made := sync.once(), nil
all := make(chan, 8)
for i := 1; i <= 8; i++ {
    go func() {
        once:do(func() { time.sleep(0.005); made = {name: "made"} })
        all <- made.name
    }()
}
names := {}
for i := 1; i <= 8; i++ { names[<-all] = true }
print(table.count(names), names.made)

published, slot := sync.atomic(), nil
go func() { slot = {1, 2, 3}; published:store(1) }()
for published:load() == 0 { time.sleep(0) }
print(#slot)
// expect: 4000
// expect: 181800
// expect: 1	true
// expect: 3
