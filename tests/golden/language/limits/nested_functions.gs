f := load("return " .. ("func() { return "):rep(198) .. "3" .. (" }"):rep(198))()
n := 0
for type(f) == "function" { f = f(); n++ }
print(n, f) // expect: 198	3
