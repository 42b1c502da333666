wg := sync.waitgroup()
results := make(chan, 3)
for i := 1; i <= 3; i++ {
    wg:add()
    go func() { results <- i; wg:done() }()
}
wg:wait()
print(#results) // expect: 3
wg:wait()
print("zero does not wait") // expect: zero does not wait
