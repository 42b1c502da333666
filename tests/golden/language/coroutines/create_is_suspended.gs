ran := false
co := coroutine.create(func() { ran = true })
print(type(co), coroutine.status(co), ran) // expect: coroutine	suspended	false
print(coroutine.resume(co))                // expect: true
print(coroutine.status(co), ran)           // expect: dead	true
