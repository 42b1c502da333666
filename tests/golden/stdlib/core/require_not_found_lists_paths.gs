ok, e := pcall(func() { require("no.such") })
print(ok, e:find("module 'no.such' not found", 1, true) != nil) // expect: false	true
