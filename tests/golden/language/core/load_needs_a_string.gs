ok, e := pcall(func() { load({}) })
print(ok, e:find("bad argument #1 to 'load'", 1, true) != nil) // expect: false	true
