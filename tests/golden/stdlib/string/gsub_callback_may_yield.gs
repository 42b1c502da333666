co := coroutine.wrap(func() {
    return ("a-b-c"):gsub("%w", func(c) { return coroutine.yield(c) })
})
print(co()) // expect: a
print(co("1")) // expect: b
print(co("2")) // expect: c
print(co("3")) // expect: 1-2-3	3
