co := coroutine.create(func() {
    print(pcall(func() {
        x := coroutine.yield("in pcall")
        error("error " .. x)
    }))
    return "after"
})
print(coroutine.resume(co))      // expect: true	in pcall
print(coroutine.resume(co, "v"))
// expect: false	error v
// expect: true	after
