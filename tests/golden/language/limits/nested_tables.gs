t := load("return " .. ("{"):rep(199) .. "9" .. ("}"):rep(199))()
n := 0
for type(t) == "table" { t = t[1]; n++ }
print(n, t) // expect: 199	9
