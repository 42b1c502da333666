co := coroutine.wrap(func() {
    func f() {
        defer func() { print("deferred got", coroutine.yield("from defer")) }()
        return "result"
    }
    return f()
})
print(co())    // expect: from defer
print(co("x"))
// expect: deferred got	x
// expect: result
