print(coroutine.isyieldable()) // expect: false
print(coroutine.wrap(func() { return coroutine.isyieldable() })()) // expect: true
