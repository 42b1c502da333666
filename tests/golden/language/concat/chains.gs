a, b, c := "x", "y", "z"
print(a .. b .. c .. 1 .. 2.5)   // expect: xyz12.5
s := ""
for i := 1; i <= 5; i++ { s = s .. i .. "," }
print(s) // expect: 1,2,3,4,5,
