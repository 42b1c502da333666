ok, e := pcall(dofile, "lib/bad.gs")
print(ok, e:find("bad.gs:2:", 1, true) != nil) // expect: false	true
