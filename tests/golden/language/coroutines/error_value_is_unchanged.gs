t := {}
co := coroutine.create(func() { error(t) })
ok, e := coroutine.resume(co)
print(ok, e == t) // expect: false	true
co = coroutine.create(func() { return nil + 1 })
print(coroutine.resume(co)) // expect: false	error_value_is_unchanged.gs:5: attempt to perform arithmetic on a nil value
