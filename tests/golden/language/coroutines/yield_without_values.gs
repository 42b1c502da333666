co := coroutine.create(func() { return select("#", coroutine.yield()) })
print(coroutine.resume(co)) // expect: true
print(coroutine.resume(co)) // expect: true	0
