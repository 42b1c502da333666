print(load("return " .. ("1 + "):rep(5000) .. "1")()) // expect: 5001
print(#load("return " .. ("\"a\" .. \"b\" .. "):rep(50) .. "\"\"")()) // expect: 100
