print(pcall(func() { coroutine.resume(5) }))    // expect: false	bad_arguments.gs:1: bad argument #1 to 'coroutine.resume' (coroutine expected, got number)
print(pcall(func() { coroutine.status() }))     // expect: false	bad_arguments.gs:2: bad argument #1 to 'coroutine.status' (coroutine expected, got no value)
print(pcall(func() { coroutine.wrap({}) }))     // expect: false	bad_arguments.gs:3: bad argument #1 to 'coroutine.wrap' (function expected, got table)
print(pcall(func() { coroutine.close(nil) }))   // expect: false	bad_arguments.gs:4: bad argument #1 to 'coroutine.close' (coroutine expected, got nil)
