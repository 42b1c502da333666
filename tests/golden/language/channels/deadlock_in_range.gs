ch := make(chan, 1)
ch <- 1
ok, e := pcall(func() { for v := range ch { print(v) } }) // expect: 1
print(ok, e:find("deadlock", 1, true) != nil) // expect: false	true
