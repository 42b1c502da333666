parts := {}
for i := 1; i <= 5000; i++ { parts[i] = i }
t := load("return {" .. table.concat(parts, ", ") .. "}")()
print(#t, t[1], t[5000]) // expect: 5000	1	5000
