// Two goroutines on one worker that send each other a number over channels without a queue.
n := 1000000
a, b := make(chan), make(chan)
go func() {
    for x := range a { b <- x + 1 }
    close(b)
}()
s := 0
for i := 0; i < n; i++ {
    a <- i
    s += <-b
}
print(s)
