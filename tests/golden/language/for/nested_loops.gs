s := ""
for i := 1; i <= 3; i++ { for j := 1; j <= i; j++ { s ..= j }; s ..= " " }
print(s .. "|") // expect: 1 12 123 |
