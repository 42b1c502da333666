a, b := make(chan), make(chan)
go func() { <-b }()
print(pcall(func() { <-a })) // expect: false	deadlock_with_other_goroutines_blocked.gs:3: all goroutines are asleep - deadlock!
