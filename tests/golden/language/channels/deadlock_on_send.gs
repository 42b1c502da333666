ch := make(chan)
print(pcall(func() { ch <- 1 })) // expect: false	deadlock_on_send.gs:2: all goroutines are asleep - deadlock!
full := make(chan, 1)
full <- 1
print(pcall(func() { full <- 2 })) // expect: false	deadlock_on_send.gs:5: all goroutines are asleep - deadlock!
print(#full, <-full) // expect: 1	1
