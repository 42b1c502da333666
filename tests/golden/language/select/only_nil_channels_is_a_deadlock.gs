var none
ok, e := pcall(func() { select { case <-none: } })
print(ok, e:find("deadlock", 1, true) != nil) // expect: false	true
