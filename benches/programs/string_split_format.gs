// Splits lines into fields, converts and formats them again.
func split(s, sep) {
    parts, start := {}, 1
    for {
        i := s:find(sep, start, true)
        if !i { break }
        parts[#parts + 1] = s:sub(start, i - 1)
        start = i + 1
    }
    parts[#parts + 1] = s:sub(start)
    return parts
}

const lines = {}
for i := 1; i <= 200; i++ {
    lines[i] = string.format("%d,name%d,%.2f,%s", i, i * 7 % 100, i * 1.25, i % 2 == 0 && "yes" || "no")
}

var length, sum = 0, 0
for round := 1; round <= 2500; round++ {
    for i := 1; i <= #lines; i++ {
        f := split(lines[i], ",")
        id, name, price := tonumber(f[1]), f[2], tonumber(f[3])
        sum = sum + id + price
        text := string.format("%05d|%-10s|%10.3f|%s", id, name:upper(), price, f[4])
        length += #text
    }
}
print(string.format("%d %.2f", length, sum))
