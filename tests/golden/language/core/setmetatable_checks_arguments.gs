print(pcall(func() { setmetatable(1, {}) })) // expect: false	setmetatable_checks_arguments.gs:1: bad argument #1 to 'setmetatable' (table expected, got number)
ok, e := pcall(func() { setmetatable({}, 1) })
print(ok, e:find("bad argument #2 to 'setmetatable'", 1, true) != nil) // expect: false	true
