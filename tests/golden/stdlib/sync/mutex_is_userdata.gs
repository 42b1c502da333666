m := sync.mutex()
print(type(m), m == m, m == sync.mutex()) // expect: userdata	true	false
print(pcall(func() { m.x = 1 }) == false)  // expect: true
