e := setmetatable({code: 7}, {__tostring: func(e) { return "custom" }})
func a() { error(e) }
func b() { a() }
ok, got := pcall(b)
print(ok, got == e, got.code, got) // expect: false	true	7	custom
