co := coroutine.create(func() {
    print(pcall(func() {
        defer print("deferred")
        coroutine.yield()
    }))
    print("never")
})
coroutine.resume(co)
print(coroutine.close(co))
// expect: deferred
// expect: true
