s := ("x"):rep(100000)
print(#load("return \"" .. s .. "\"")(), #load("return `" .. s .. "`")()) // expect: 100000	100000
n := ("a"):rep(10000)
print(load(n .. " = 5; return " .. n)()) // expect: 5
