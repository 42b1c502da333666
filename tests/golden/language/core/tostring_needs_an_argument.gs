ok, e := pcall(func() { tostring() })
print(ok, e:find("bad argument #1 to 'tostring'", 1, true) != nil) // expect: false	true
