co := coroutine.create(func() {
    defer print("outer")
    func inner() { defer print("inner"); coroutine.yield() }
    inner()
})
coroutine.resume(co)
coroutine.close(co)
// expect: inner
// expect: outer
