co := coroutine.create(func() {})
coroutine.resume(co)
print(coroutine.resume(co)) // expect: false	cannot resume dead coroutine
