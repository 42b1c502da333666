ok, e := pcall(func() { coroutine.yield(1) })
print(ok, e) // expect: false	yield_outside_raises.gs:1: cannot yield from outside a coroutine
