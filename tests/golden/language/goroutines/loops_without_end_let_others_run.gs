// Goroutines that never stop leave others their turns: what sleeps, and what waits for a channel or a lock, goes on.
for i := range 6 { go func() { x := i; for { x++ } }() }
for i := range 2 { go func() { for { t := {}; for k := range 9 { t[k] = {k} } } }() }

for i := range 4 { time.sleep(0.001) }
print("slept") // expect: slept

ask := make(chan)
answer := make(chan)
go func() { for { x := <-ask; answer <- x * x } }()
sum := 0
for i := range 5 { ask <- i; sum += <-answer }
print(sum) // expect: 30

mutex := sync.mutex()
wg := sync.waitgroup()
count := 0
for i := range 5 {
    wg:run(func() {
        mutex:lock()
        was := count
        time.sleep(0.001)
        count = was + 1
        mutex:unlock()
    })
}
wg:wait()
print(count) // expect: 5

select {
case <-make(chan): print("never")
case <-time.after(0.001): print("late") // expect: late
}
