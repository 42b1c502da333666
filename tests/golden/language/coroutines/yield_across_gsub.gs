co := coroutine.wrap(func() {
    return (("a-b"):gsub("%w", func(c) { return coroutine.yield(c) }))
})
print(co())    // expect: a
print(co("X")) // expect: b
print(co("Y")) // expect: X-Y
