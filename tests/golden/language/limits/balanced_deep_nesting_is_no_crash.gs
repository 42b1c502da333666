f, e := load("return " .. ("("):rep(50000) .. "1" .. (")"):rep(50000))
print(f == nil && type(e) == "string" || f() == 1) // expect: true
g, e2 := load(("{"):rep(50000) .. ("}"):rep(50000))
print(g == nil && type(e2) == "string" || g() == nil) // expect: true
