co := coroutine.create(func(a, b, ...) { return b, a, #... })
print(coroutine.resume(co, 1, 2, 3, 4)) // expect: true	2	1	2
