t := {}
setmetatable(t, {__newindex: t})
func f() { t.x = 1 }
ok, e := pcall(f)
print(ok, e:find("chain too long; possible loop", 1, true) != nil) // expect: false	true
