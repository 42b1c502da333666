co := coroutine.create(func() { error("failed") })
print(coroutine.resume(co)) // expect: false	failed
print(coroutine.status(co)) // expect: dead
print(coroutine.resume(co)) // expect: false	cannot resume dead coroutine
