ok, e := pcall(func() { assert(nil) })
print(ok, e:sub(-16)) // expect: false	assertion failed
