parts := {}
for i := 1; i <= 200; i++ { parts[i] = "v" .. i .. " := " .. i }
src := "func f() {\n" .. table.concat(parts, "\n") .. "\nreturn v1 + v100 + v200\n}\nreturn f()"
print(load(src)()) // expect: 301
