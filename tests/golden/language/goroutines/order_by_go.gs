// What was done before `go` is seen by the goroutine; its arguments are evaluated by the creator.
results := make(chan, 200)
shared := {}
for i := 1; i <= 100; i++ {
    t := {value: i}
    shared[i] = t
    go func(u, n) { results <- u.value + shared[n].value }(t, t.value)
    t = nil
}
sum := 0
for i := 1; i <= 100; i++ { sum += <-results }
print(sum)
// expect: 10100
