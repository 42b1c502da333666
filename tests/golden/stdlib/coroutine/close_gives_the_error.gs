co := coroutine.create(func() { error({code: 5}) })
coroutine.resume(co)
ok, e := coroutine.close(co)
print(ok, e.code) // expect: false	5
