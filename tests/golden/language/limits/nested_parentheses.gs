print(load("return " .. ("("):rep(199) .. "7" .. (")"):rep(199))()) // expect: 7
