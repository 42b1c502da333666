ch := make(chan)
func waiter() { <-ch }
for i := range 5 { go waiter() }
m := sync.mutex()
m:lock()
go func() { m:lock() }()
time.sleep(0.01)
for i := range 6 { ch <- i }
// expect stderr: gscript: deadlock_tells_where_others_wait.gs:8: all goroutines are asleep - deadlock!
// expect stderr: stack traceback:
// expect stderr:     deadlock_tells_where_others_wait.gs:8: in main chunk
// expect stderr:     waiting: deadlock_tells_where_others_wait.gs:6: in function <deadlock_tells_where_others_wait.gs:6>
