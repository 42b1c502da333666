ok, e := pcall(require, "lib.raises")
print(ok, e:find("raises.gs:2: attempt to index a nil value (global 'nothing')", 1, true) != nil) // expect: false	true
