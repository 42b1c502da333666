co := coroutine.wrap(func() {
    return xpcall(func() {
        error(coroutine.yield(1))
    }, func(e) { return "handled " .. e })
})
print(co())    // expect: 1
print(co("e")) // expect: false	handled e
