// Whoever waits longest is served first. That the others wait by then nothing tells, so what is asked for is that it is soon seen.
func inOrder() {
    ch, ready := make(chan), make(chan)
    for i := 1; i <= 3; i++ {
        go func() { ready <- true; ch <- i }()
        <-ready
        time.sleep(0.01)
    }
    a, b, c := <-ch, <-ch, <-ch
    return a == 1 && b == 2 && c == 3
}
seen, rounds := 0, 0
for seen < 3 && rounds < 40 {
    if inOrder() { seen++ }
    rounds++
}
print(seen, rounds < 40) // expect: 3	true
