co := coroutine.create(func() { time.sleep(0.01); return "slept" })
print(coroutine.resume(co)) // expect: true	slept
