c := sync.context()
stopped := make(chan)
go func() {
    for {
        select {
        case <-(c:done()): stopped <- "stopped"; return
        default: time.sleep(0)
        }
    }
}()
c:cancel()
print(<-stopped) // expect: stopped
