// Variables that are integers before a loop and floats from some iteration on: what each is at the end shows its sort.
func after_one(n) {
    x, y := 0, 0
    for i := 1; i <= n; i++ { x, y = x * x - y * y + 0.25, 2 * x * y + 0.5 * i }
    return x, y
}
func digits(n) {
    sum, count := 0, 0
    for {
        d := n % 10
        sum = sum + d
        count++
        n = (n - d) / 10
        if n == 0 { break }
    }
    return sum, count, n
}
func halves(n) {
    count := 0
    for n != 1 {
        if n % 2 == 0 { n = n / 2 } else { n = 3 * n + 1 }
        count++
    }
    return n, count
}
func largest(list, limit) {
    m, at := 0, nil
    for i, v := range ipairs(list) {
        if i > limit { break }
        if v > m { m, at = v, i }
    }
    return m, at
}
func sums(rows) {
    s, last := 0, 0
    for i := 1; i <= #rows; i++ {
        for j := 1; j <= #rows[i]; j++ {
            last = s
            s = s + rows[i][j]
        }
    }
    return s, last
}
func grows(n) {
    p, q := 1, 1
    for i := 1; i <= n; i++ {
        p = p * 3
        q = q * 3
        if i > n - 3 { q = q + 0.5 }
    }
    return p, q
}
func swapped(n) {
    a, b := 1, 2.5
    for i := 1; i <= n; i++ { a, b = b, a + 1 }
    return a, b
}
func fails(list) {
    s, i := 0, 0
    ok, e := pcall(func() { for i = 1; i <= #list; i++ { s = s + list[i] } })
    return s, i, ok
}
func captured(n) {
    x := 0
    all := {}
    for i := 1; i <= n; i++ {
        x = x + i / 2
        y := x
        all[i] = func() { return y }
    }
    return all[1](), all[n](), x
}

rows := {{1, 2, 3}, {4, 5, 6}, {0.5, 1, 2}, {1, 2}}
for round := 1; round <= 300; round++ {
    after_one(round % 5)
    digits(round * 7919)
    halves(round)
    largest({round, 0.5 * round, round + 0.5, 3}, round % 5)
    sums(rows)
    grows(round % 45)
    swapped(round % 4)
    fails({1, round, 0.5, 2})
    captured(round % 6 + 1)
}

print(after_one(0)) // expect: 0	0
print(after_one(1)) // expect: 0.25	0.5
print(after_one(3)) // expect: -1.30859375	1.65625
print(digits(907)) // expect: 16.0	3	0.0
print(digits(0)) // expect: 0	1	0.0
print(digits(7)) // expect: 7	1	0.0
print(halves(1)) // expect: 1	0
print(halves(3)) // expect: 1.0	7
print(halves(27)) // expect: 1.0	111
print(largest({}, 9)) // expect: 0	nil
print(largest({1, 2, 0.5}, 9)) // expect: 2	2
print(largest({1, 2.5, 3}, 9)) // expect: 3	3
print(largest({1, 2.5, 3}, 2)) // expect: 2.5	2
print(sums(rows)) // expect: 27.5	25.5
print(sums({{1}, {2, 3}})) // expect: 6	3
print(sums({{1}, {0.5}, {2}})) // expect: 3.5	1.5
print(grows(2)) // expect: 9	11.0
print(grows(41)) // expect: -420491770248316829	3.647299637717079e+19
print(swapped(1)) // expect: 2.5	2
print(swapped(2)) // expect: 2	3.5
print(swapped(3)) // expect: 3.5	3
print(fails({1, 0.5, "x", 2})) // expect: 1.5	3	false
print(fails({1, 2, "4", 0.5})) // expect: 7.5	5	true
print(captured(1)) // expect: 0.5	0.5	0.5
print(captured(4)) // expect: 0.5	5.0	5.0
