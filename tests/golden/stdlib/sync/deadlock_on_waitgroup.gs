wg := sync.waitgroup()
wg:add()
ok, e := pcall(func() { wg:wait() })
print(ok, e:find("all goroutines are asleep - deadlock!", 1, true) != nil) // expect: false	true
