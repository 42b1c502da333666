ch, out := make(chan), make(chan)
go func() {
    ok, e := pcall(func() { ch <- 1 })
    out <- ok
    out <- e:find("send on closed channel", 1, true) != nil
}()
time.sleep(0.01)
close(ch)
print(<-out, <-out) // expect: false	true
