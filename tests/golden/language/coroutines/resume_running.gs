co := nil
co = coroutine.create(func() { return coroutine.resume(co) })
print(coroutine.resume(co)) // expect: true	false	cannot resume running coroutine
print(coroutine.resume(coroutine.running())) // expect: false	cannot resume running coroutine
