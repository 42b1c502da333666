// math.floor of an integer that a call gave is that integer: what comes between is still done where the call gives another.
base := 1
base = 2
func mix(h, v) {
    if type(v) == "number" { return (h * 31 + math.floor(v)) % 1000003 }
    if type(v) == "string" { return (h * 31 + #v) % 1000003 }
    if v == nil { return h * 7 % 1000003 }
    return (h * 5 + 2) % 1000003
}
// Too large to be built into its callers.
func large(n) {
    h := mix(1, n)
    h = mix(h, n + 0)
    h = mix(h, "a" .. h)
    h = mix(h, n + 1)
    h = mix(h, "a" .. h)
    h = mix(h, n + 2)
    h = mix(h, "a" .. h)
    h = mix(h, n + 3)
    h = mix(h, "a" .. h)
    h = mix(h, n + 4)
    h = mix(h, "a" .. h)
    h = mix(h, n + 5)
    h = mix(h, "a" .. h)
    h = mix(h, n + 6)
    h = mix(h, "a" .. h)
    h = mix(h, n + 7)
    h = mix(h, "a" .. h)
    h = mix(h, n + 8)
    h = mix(h, "a" .. h)
    h = mix(h, n + 9)
    h = mix(h, "a" .. h)
    h = mix(h, n + 10)
    h = mix(h, "a" .. h)
    h = mix(h, n + 11)
    h = mix(h, "a" .. h)
    return base * 2 + h - h
}
calls := 0
func whole(i) {
    v := large(i)
    calls++
    w := calls * 2 - calls
    return math.floor(v) + w - calls, w
}
seen := 0
func part(i) {
    v := large(i)
    seen++
    return math.floor(v) + 1
}
total, sum := 0, 0
for i := 1; i <= 2000; i++ {
    if i > 1500 { base = (1 << 46) + i }
    v, w := whole(i)
    total += v % 1000 + w
    sum += part(i)
}
print(total, calls)     // expect: 2256500	2000
print(sum, seen)        // expect: 70368744179422500	2000
