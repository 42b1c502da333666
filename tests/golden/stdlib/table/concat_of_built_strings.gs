parts := {}
for i := 1; i <= 200; i++ {
    s := ""
    for j := 1; j <= 30; j++ { s = s .. "0123456789012345678901234567890123456789" }
    parts[i] = s
}
joined := table.concat(parts, "\n")
print(#joined, joined:sub(1200, 1202) == "9\n0") // expect: 240199	true
