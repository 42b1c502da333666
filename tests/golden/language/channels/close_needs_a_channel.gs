print(pcall(func() { close(5) })) // expect: false	close_needs_a_channel.gs:1: bad argument #1 to 'close' (channel expected, got number)
