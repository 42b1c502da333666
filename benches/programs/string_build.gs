// Builds strings: by appending, and by pieces in a table joined at the end.
func by_append(n) {
    s := ""
    for i := 1; i <= n; i++ {
        s ..= "x"
        if i % 10 == 0 { s ..= i }
    }
    return s
}

func by_concat(n) {
    parts := {}
    for i := 1; i <= n; i++ {
        parts[#parts + 1] = "item "
        parts[#parts + 1] = i
        parts[#parts + 1] = ";"
    }
    return table.concat(parts)
}

func reversed(s) {
    parts := {}
    n := #s
    for i := n; i >= 1; i-- {
        parts[n - i + 1] = s:sub(i, i)
    }
    return table.concat(parts)
}

var total = 0
for round := 1; round <= 14; round++ {
    total += #by_append(16000 + round)
    total += #by_concat(120000 + round)
    r := reversed(by_concat(30000))
    total = total + #r + r:byte(round)
}
print(string.format("%d", total))
