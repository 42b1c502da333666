co := coroutine.wrap(func() {
    func iter(s, c) { return coroutine.yield("next") }
    for v := range iter { print("value", v) }
    return "end"
})
print(co())    // expect: next
print(co("a"))
// expect: value	a
// expect: next
print(co(nil)) // expect: end
