print(load(("{"):rep(199) .. "x = 5" .. ("}"):rep(199) .. " return x")()) // expect: 5
print(load(("if true {"):rep(199) .. "x = 6" .. ("}"):rep(199) .. " return x")()) // expect: 6
