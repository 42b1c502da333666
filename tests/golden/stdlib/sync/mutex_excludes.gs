m := sync.mutex()
wg := sync.waitgroup()
n := 0
for range 8 {
    wg:run(func() {
        for range 50 { m:lock(); v := n; n = v + 1; m:unlock() }
    })
}
wg:wait()
print(n) // expect: 400
