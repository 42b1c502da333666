ch := make(chan, 1)
close(ch)
print(pcall(func() {
    select { case ch <- 1: print("never"); default: print("never") }
}))
// expect: false	send_to_closed_channel_raises.gs:4: send on closed channel
