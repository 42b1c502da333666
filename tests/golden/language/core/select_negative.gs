print(select(-1, "a", "b", "c")) // expect: c
print(select(-3, "a", "b", "c")) // expect: a	b	c
ok, e := pcall(func() { select(-4, "a", "b", "c") })
print(ok, e:find("bad argument #1 to 'select'", 1, true) != nil) // expect: false	true
