co := coroutine.create(func(a) {
    b, c := coroutine.yield(a + 1)
    d := coroutine.yield(b + c)
    return d, "end"
})
print(coroutine.resume(co, 1))    // expect: true	2
print(coroutine.resume(co, 3, 4)) // expect: true	7
print(coroutine.resume(co, "d"))  // expect: true	d	end
