ch := make(chan)
go func() {
    co, is_main := coroutine.running()
    ch <- is_main
    ch <- co
}()
print(<-ch) // expect: true
print(<-ch != coroutine.running()) // expect: true
