t := {}
setmetatable(t, {__tostring: func(t) { return tostring(t) }})
ok, e := pcall(tostring, t)
print(ok, e:find("stack overflow", 1, true) != nil) // expect: false	true
