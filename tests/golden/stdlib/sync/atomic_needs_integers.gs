print(pcall(func() { sync.atomic("x") }))      // expect: false	atomic_needs_integers.gs:1: bad argument #1 to 'sync.atomic' (number expected, got string)
print(pcall(func() { sync.atomic():add(1.5) })) // expect: false	atomic_needs_integers.gs:2: bad argument #1 to 'atomic:add' (number has no integer representation)
