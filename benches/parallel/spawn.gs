// Empty goroutines: started, run, ended.
n := 1000000
wg := sync.waitgroup()
for i := 0; i < n; i++ {
    wg:add(1)
    go func() { wg:done() }()
}
wg:wait()
print(n)
