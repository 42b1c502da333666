m := sync.mutex()
print(m:tryLock(), m:tryLock()) // expect: true	false
m:unlock()
print(m:tryLock())              // expect: true
