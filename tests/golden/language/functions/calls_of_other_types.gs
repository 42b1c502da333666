// Hot functions that take and give numbers, when they are given and give something else.
func sum(n) {
    if n <= 0 { return n }
    return n + sum(n - 1)
}
for i := range 300 { sum(20) }
print(sum(10), sum(10.5), sum(3))          // expect: 55	60.0	6
print(pcall(sum, "x"))                     // expect: false	calls_of_other_types.gs:3: attempt to compare string with number
print(sum(140737488355327 - 140737488355317)) // expect: 55

// Results that outgrow an immediate, in the middle of the recursion and at its end.
func power(b, n) {
    if n == 0 { return 1 }
    return b * power(b, n - 1)
}
for i := range 300 { power(2, 10) }
print(power(2, 46), power(2, 47), power(2, 48), power(2, 62)) // expect: 70368744177664	140737488355328	281474976710656	4611686018427387904
print(power(3, 40) == power(3, 20) * power(3, 20)) // expect: true
print(power(2.0, 10))                      // expect: 1024.0

// A result that is sometimes no number, or more, or none.
func pick(n, what) {
    if n == 0 {
        if what == 1 { return "text" }
        if what == 2 { return 1, 2, 3 }
        if what == 3 { return }
        return 0
    }
    return pick(n - 1, what)
}
for i := range 300 { pick(5, 0) }
print(pick(5, 0), pick(5, 1))              // expect: 0	text
print(pick(5, 2))                          // expect: 1	2	3
print(pick(5, 3))                          // expect:
x := pick(5, 3)
a, b := pick(4, 2)
print(x, a, b)                             // expect: nil	1	2
for i := range 300 { pick(3, i % 4) }
print(pick(5, 2), pick(5, 1))              // expect: 1	text

// Fewer and more arguments.
func opt(n, m) {
    if m == nil { m = 1 }
    if n <= 0 { return m }
    return opt(n - 1, m + 1)
}
for i := range 300 { opt(5, 1) }
print(opt(5), opt(5, 2, "more"), opt(5, 0.5)) // expect: 6	7	5.5

// Floats, and every sort of NaN.
func halve(x, n) {
    if n == 0 { return x }
    return halve(x * 0.5, n - 1)
}
for i := range 300 { halve(1.0, 8) }
nan := 0.0 / 0.0
print(halve(1024.0, 10), halve(3, 1), halve(nan, 2) == nan) // expect: 1.0	1.5	false
print(halve(1.0, 8), halve("16", 2))       // expect: 0.00390625	4.0
