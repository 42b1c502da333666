ok, e := pcall(require, "lib.broken")
print(ok, e:find("broken.gs:2:", 1, true) != nil) // expect: false	true
