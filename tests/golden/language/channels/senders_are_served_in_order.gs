ch, ready := make(chan), make(chan)
for i := 1; i <= 3; i++ {
    go func() { ready <- true; ch <- i }()
    <-ready
    time.sleep(0.01)
}
print(<-ch, <-ch, <-ch) // expect: 1	2	3
