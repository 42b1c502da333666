ch := make(chan, 1)
close(ch)
print(pcall(func() { ch <- 1 })) // expect: false	send_on_closed_raises.gs:3: send on closed channel
