ok, e := pcall(func() { select(0, "a") })
print(ok, e:find("bad argument #1 to 'select'", 1, true) != nil) // expect: false	true
