ok, e := pcall(func() { assert(false) })
print(ok, e:find("assertion failed", 1, true) != nil) // expect: false	true
