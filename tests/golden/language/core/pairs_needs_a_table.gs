ok, e := pcall(func() { pairs(nil) })
print(ok, e:find("bad argument #1 to 'pairs'", 1, true) != nil) // expect: false	true
