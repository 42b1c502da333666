co := nil
co = coroutine.create(func() { coroutine.close(co) })
print(coroutine.resume(co)) // expect: false	close_running_or_normal_raises.gs:2: cannot close a running coroutine
outer := nil
inner := coroutine.create(func() { coroutine.close(outer) })
outer = coroutine.create(func() { return coroutine.resume(inner) })
print(coroutine.resume(outer)) // expect: true	false	close_running_or_normal_raises.gs:5: cannot close a normal coroutine
