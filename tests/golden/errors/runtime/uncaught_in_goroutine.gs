func worker() { nothing.x = 1 }
go worker()
<-make(chan)
// expect runtime error: uncaught_in_goroutine.gs:1: attempt to index a nil value (global 'nothing')
