parts := {}
for i := 1; i <= 3000; i++ { parts[i] = "g" .. i .. " = \"s" .. i .. "\"" }
load(table.concat(parts, "\n"))()
print(g1, g1500, g3000) // expect: s1	s1500	s3000
