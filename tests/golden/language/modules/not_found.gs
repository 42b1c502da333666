ok, e := pcall(func() { require("no.such.module") })
print(ok, e:find("module 'no.such.module' not found", 1, true) != nil) // expect: false	true
