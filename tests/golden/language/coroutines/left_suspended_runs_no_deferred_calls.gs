co := coroutine.create(func() { defer print("never"); coroutine.yield() })
coroutine.resume(co)
print("end") // expect: end
