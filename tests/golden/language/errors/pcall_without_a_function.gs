ok, e := pcall()
print(ok, type(e)) // expect: false	string
ok, e = pcall(5)
print(ok, e:find("attempt to call a number value", 1, true) != nil) // expect: false	true
