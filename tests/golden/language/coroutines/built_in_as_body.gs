print(coroutine.resume(coroutine.create(math.max), 3, 9, 4)) // expect: true	9
coroutine.wrap(print)("printed", 1) // expect: printed	1
print(coroutine.wrap(pcall)(error, "x")) // expect: false	x
