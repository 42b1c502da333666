outer := nil
inner := coroutine.create(func() { return coroutine.resume(outer) })
outer = coroutine.create(func() { return coroutine.resume(inner) })
print(coroutine.resume(outer)) // expect: true	true	false	cannot resume normal coroutine
main := coroutine.running()
print(coroutine.wrap(func() { return coroutine.resume(main) })()) // expect: false	cannot resume normal coroutine
