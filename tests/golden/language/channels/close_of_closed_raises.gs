ch := make(chan)
close(ch)
print(pcall(func() { close(ch) })) // expect: false	close_of_closed_raises.gs:3: close of closed channel
