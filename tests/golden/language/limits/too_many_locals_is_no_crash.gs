parts := {}
for i := 1; i <= 5000; i++ { parts[i] = "var v" .. i }
f, e := load("func f() {\n" .. table.concat(parts, "\n") .. "\nreturn v5000\n}\nreturn f()")
print(f == nil && type(e) == "string" || f != nil && f() == nil) // expect: true
