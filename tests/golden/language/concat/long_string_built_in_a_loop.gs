s := ""
for i := range 10000 { s = s .. "ab" }
print(#s, s:sub(1, 4), s:sub(-3)) // expect: 20000	abab	bab
