print(pcall(func() { coroutine.create(5) })) // expect: false	create_needs_a_function.gs:1: bad argument #1 to 'coroutine.create' (function expected, got number)
