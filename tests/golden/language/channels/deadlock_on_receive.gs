print(pcall(func() { <-make(chan) })) // expect: false	deadlock_on_receive.gs:1: all goroutines are asleep - deadlock!
print("goes on") // expect: goes on
