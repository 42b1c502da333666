ok, e := pcall(func() { require({}) })
print(ok, e:find("bad argument #1 to 'require'", 1, true) != nil) // expect: false	true
