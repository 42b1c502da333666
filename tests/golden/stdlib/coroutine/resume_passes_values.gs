co := coroutine.create(func(...) {
    n := #...
    for { n = select("#", coroutine.yield(n)) }
})
print(coroutine.resume(co))            // expect: true	0
print(coroutine.resume(co, nil, nil))  // expect: true	2
print(coroutine.resume(co, 1))         // expect: true	1
