depth := 0
func deep() { depth++; ok, e := pcall(deep); if !ok { error(e, 0) } }
ok, e := pcall(deep)
print(ok, e:find("stack overflow", 1, true) != nil, depth >= 200) // expect: false	true	true
