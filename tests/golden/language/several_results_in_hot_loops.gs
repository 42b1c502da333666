// Functions with several results, called in loops and by themselves: of one type and of several, more or fewer than are
// wanted, other ones than before.
func divmod(a, b) { return (a - a % b) / b, a % b }
func fibs(n) { if n == 0 { return 0, 1 }; a, b := fibs(n - 1); return b, (a + b) % 1000007 }
func find(t, k) {
    for i := 1; i <= #t; i++ { if t[i] == k { return i, true } }
    return nil, false
}
func three(a) { if a > 5 { return a, a * 0.5, "x" }; return a + 1, a * 0.25, nil }
func rec(n, t) {
    if n < 2 { return n, t }
    x, y := rec(n - 1, t + 1)
    z, w := rec(n - 2, y)
    return x + z, w
}
func mixed(i, n) { if n > 0 { return mixed(i, n - 1) }; if i % 3 == 0 { return nil, "err" }; return i }
sum, floats, found, errs := 0, 0.0, 0, 0
for i := 1; i <= 300; i++ {
    q, r := divmod(i, 7)
    sum = sum + q * 3 + r
    k, ok := find({1, 2, 3, 4}, i % 6)
    if ok { found = found + k }
    x, y, z := three(i % 10)
    sum = sum + x
    floats = floats + y
    if z { found++ }
    v, e := mixed(i, i % 4)
    if v { sum = sum + v } else { errs = errs + #e }
}
print(sum, floats, found, errs) // expect: 51396.0	562.5	620	300
for i := 1; i <= 100; i++ { p, q := fibs(i % 50); sum = sum + p - q }
print(sum, rec(15, 0)) // expect: -310450.0	610	986

// Deep ones, whose calls find no room.
func deep(n) { if n == 0 { return 0, 0.5, "s" }; a, b, c := deep(n - 1); return a + 1, b + 0.25, c }
for i := 1; i <= 30; i++ { a, b, c := deep(i * 10); sum = sum + a; floats = floats + b; found = found + #c }
a, b, c := deep(60000)
print(sum, floats, found) // expect: -305800.0	1740.0	650
print(a, b, c) // expect: 60000	15000.5	s

// Other results than were promised: in type, in number, too wide.
func vary(n, k) {
    if n == 0 {
        if k == 1 { return 1.5, 2 }
        if k == 2 { return 1, 140737488355328 }
        if k == 3 { return 1, "s" }
        if k == 4 { return 3 }
        if k == 5 { return 1, 2, 3 }
        return 1, 2
    }
    a, b := vary(n - 1, k)
    return a, b
}
numbers, others := 0, 0
for i := 1; i <= 600; i++ {
    k := 0
    if i > 300 { k = i % 6 }
    p, q := vary(i % 10, k)
    numbers = numbers + p
    if type(q) == "number" { numbers = numbers + q } else { others++ }
}
print(numbers, others) // expect: 7036874417768017.0	100
func wide(n) { if n > 190 { return n * 100000000000000, n }; return n, n * 2 }
func uses(n) { x, y := wide(n); return x + y, y }
total := 0
for i := 1; i <= 200; i++ { x, y := uses(i); total = total + x; total = total - y }
print(total) // expect: 195500000000018145

// As lists.
func pair(i, n) { if n > 0 { a, b := pair(i, n - 1); return b, a }; return i, i + 0.5 }
for i := 1; i <= 200; i++ { t := {pair(i, i % 3)}; sum = sum + #t; floats = floats + t[1] + select("#", pair(i, 1)) }
print(sum, floats, (pair(1, 0)), pair(1, 1)) // expect: -305400.0	22273.5	1	1.5	1

// Errors on the way, and closures that read what they captured.
scale := 3
func checked(n) { if n % 7 == 0 { error("seven " .. n, 0) }; return n * scale, n }
for i := 1; i <= 100; i++ {
    ok, x, y := pcall(checked, i)
    if ok { sum = sum + x - y } else { errs = errs + #x }
    if i == 50 { scale = 5 }
}
print(sum, errs) // expect: -290298.0	411
