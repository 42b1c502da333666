ok, e := pcall(loadstring, "x = = 1")
print(ok, type(e), e:find("near '='", 1, true) != nil) // expect: false	string	true
