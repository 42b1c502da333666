print(load("return " .. ("- "):rep(198) .. "1")())          // expect: 1
print(load("return " .. ("1 .. "):rep(198) .. "1")():len()) // expect: 199
print(load("return " .. ("2 ** "):rep(150) .. "1")())       // expect: +Inf
