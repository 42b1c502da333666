print(select("#", unpack({}, 1, 1000))) // expect: 1000
ok, e := pcall(func() { return unpack({}, 1, 1 << 40) })
print(ok, e:find("too many results to unpack", 1, true) != nil) // expect: false	true
ok, e = pcall(func() { return unpack({}, math.mininteger, math.maxinteger) })
print(ok, e:find("too many results to unpack", 1, true) != nil) // expect: false	true
print(select("#", unpack({}, math.maxinteger, math.maxinteger))) // expect: 1
