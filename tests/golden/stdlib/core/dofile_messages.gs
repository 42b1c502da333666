ok, e := pcall(func() { dofile("no/such/file.gs") })
print(ok, e:find("cannot open no/such/file.gs: no such file or directory", 1, true) != nil) // expect: false	true
