t := setmetatable({}, {__index: func(t, k) { return t[k == "a" && "b" || "a"] }})
ok, e := pcall(func() { return t.a })
print(ok, e:find("stack overflow", 1, true) != nil) // expect: false	true
