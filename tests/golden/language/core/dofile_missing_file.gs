ok, e := pcall(func() { dofile("lib/no_such_file.gs") })
print(ok, type(e)) // expect: false	string
