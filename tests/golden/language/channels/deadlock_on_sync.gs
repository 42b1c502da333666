m := sync.mutex()
m:lock()
ok, e := pcall(func() { m:lock() })
print(ok, e:find("all goroutines are asleep - deadlock!", 1, true) != nil) // expect: false	true
