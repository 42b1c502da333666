co := coroutine.create(func() {
    defer print("deferred")
    coroutine.yield(1)
    print("never")
})
print(coroutine.resume(co)) // expect: true	1
print(coroutine.close(co))
// expect: deferred
// expect: true
print(coroutine.status(co)) // expect: dead
print(coroutine.resume(co)) // expect: false	cannot resume dead coroutine
