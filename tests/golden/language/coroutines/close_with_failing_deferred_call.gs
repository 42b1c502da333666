co := coroutine.create(func() {
    defer print("still runs")
    defer error("from defer")
    coroutine.yield()
})
coroutine.resume(co)
print(coroutine.close(co))
// expect: still runs
// expect: false	from defer
