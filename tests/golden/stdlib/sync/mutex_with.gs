m := sync.mutex()
print(m:with(func(a, b) { return a + b, m:tryLock() }, 1, 2)) // expect: 3	false
print(m:tryLock()) // expect: true
m:unlock()
print(pcall(func() { m:with(func() { error("inside") }) })) // expect: false	inside
print(m:tryLock()) // expect: true
