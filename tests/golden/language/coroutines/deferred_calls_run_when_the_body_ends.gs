co := coroutine.create(func() {
    defer print("deferred")
    coroutine.yield(1)
    return 2
})
print(coroutine.resume(co)) // expect: true	1
print(coroutine.resume(co))
// expect: deferred
// expect: true	2
