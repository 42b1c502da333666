<-make(chan)
// expect runtime error: deadlock_uncaught.gs:1: all goroutines are asleep - deadlock!
