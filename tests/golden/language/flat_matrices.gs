// Matrices and windows in one array: indices are a number of outside plus the variable of the loop. Rows that end beyond the
// array, begin before it, and offsets that are no small integers.

func row_sum(a, row, n) {
    sum := 0
    for x := 0; x < n; x++ { sum += (a[row + x] || 100) + (a[row + x + 1] || 10) }
    return sum
}

func add_rows(a, b, w, h) {
    for y := 0; y < h; y++ {
        row := y * w
        for x := 1; x < w - 1; x++ { b[row + x] = a[x + row - 1] + a[row + x + 1] - a[row + x] }
    }
}

func down(a, from, n) {
    s := ""
    for i := n; i >= 1; i-- { s = s .. a[from + i] }
    return s
}

func numbers(n, f) {
    t := {}
    for i := 0; i < n; i++ { t[i] = f(i) }
    return t
}

a := numbers(100, func(i) { return i * i % 13 })
for round := 1; round <= 30; round++ { row_sum(a, 10 * (round % 9), 9) }
print(row_sum(a, 0, 99), row_sum(a, 50, 50), row_sum(a, 95, 20), row_sum(a, -3, 9), row_sum(a, 2 ** 52, 5))
// expect: 1202	606	1751	388	550
print(row_sum(a, 281474976710656, 5), row_sum(a, -140737488355328, 5), row_sum(a, 9223372036854775800, 12), row_sum(a, 1.0, 5))
// expect: 550	550	1320	67

f := numbers(400, func(i) { return i / 4 })
g := numbers(400, func(i) { return 0.5 })
for round := 1; round <= 20; round++ { add_rows(f, g, 20, 20) }
print(g[0], g[1], g[18], g[19], g[21], g[398], g[399])
// expect: 0.5	0.25	4.5	0.5	5.25	99.5	0.5
short := numbers(370, func(i) { return i / 4 })
ok := pcall(add_rows, short, g, 20, 20)
print(ok, g[360], g[361], g[367], g[368], g[369])
// expect: false	0.5	90.25	91.75	92.0	92.25

digits := numbers(30, func(i) { return i % 10 })
for round := 1; round <= 30; round++ { down(digits, 10, 9) }
print(down(digits, 0, 12), down(digits, 19, 10), pcall(down, digits, 20, 10) && 1 || 2, down(digits, -1, 5))
// expect: 210987654321	9876543210	2	43210
