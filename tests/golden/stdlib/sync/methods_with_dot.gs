m := sync.mutex()
m.lock()
print(m.tryLock()) // expect: false
unlock := m.unlock
unlock()
print(m:tryLock()) // expect: true
