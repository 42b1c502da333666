outer := nil
inner := coroutine.create(func() { return coroutine.status(outer), coroutine.status(inner) })
outer = coroutine.create(func() { return coroutine.resume(inner) })
print(coroutine.resume(outer)) // expect: true	true	normal	running
print(coroutine.status(inner), coroutine.status(outer)) // expect: dead	dead
