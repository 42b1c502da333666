parts := {}
for i := 1; i <= 2000; i++ { parts[i] = "func f" .. i .. "() { return " .. i .. " }" }
load(table.concat(parts, "\n"))()
print(f1() + f1000() + f2000()) // expect: 3001
