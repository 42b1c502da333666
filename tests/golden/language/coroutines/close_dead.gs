co := coroutine.create(func() {})
coroutine.resume(co)
print(coroutine.close(co)) // expect: true
failed := coroutine.create(func() { error("died of this") })
coroutine.resume(failed)
print(coroutine.close(failed)) // expect: false	died of this
