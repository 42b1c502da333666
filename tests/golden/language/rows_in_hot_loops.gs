// Arrays of arrays in nested loops: rows that are the same, that are replaced, grow, shrink, or are of other kinds.
func build(n, f) {
    m := {}
    for i := 1; i <= n; i++ {
        row := {}
        for j := 1; j <= n; j++ { row[j] = f(i, j) }
        m[i] = row
    }
    return m
}

func close(d, n) {
    for k := 1; k <= n; k++ {
        for i := 1; i <= n; i++ {
            for j := 1; j <= n; j++ {
                x := d[i][k] + d[k][j]
                if x < d[i][j] { d[i][j] = x }
            }
        }
    }
}

func sum(m, n) {
    s := 0
    for i := 1; i <= n; i++ {
        for j := 1; j <= n; j++ { s = s + m[i][j] * (i + 2 * j) }
    }
    return s
}

d := build(24, func(i, j) { return (i * 7 + j * 13) % 50 + 1 })
d[5] = d[9]
close(d, 24)
print(sum(d, 24))       // expect: 193891
d = build(24, func(i, j) { return (i * 7 + j * 13) % 50 + 0.5 })
close(d, 24)
print(sum(d, 24))       // expect: 172521.0
d = build(24, func(i, j) { return i == j && 0.25 || i + j })
close(d, 24)
print(sum(d, 24))       // expect: 593625.0

// The row that a loop reads is replaced in it.
func replacing(m, n) {
    s := 0
    for i := 1; i <= n; i++ {
        for j := 1; j <= n; j++ {
            s = s + m[2][j]
            if i == 20 && j == 10 { m[2] = m[3] }
        }
    }
    return s
}
m := build(24, func(i, j) { return i })
print(replacing(m, 24)) // expect: 1262

// A row loses elements, or gets a value of another kind, while it is read.
func shrinking(m, n, i, j, v) {
    s := 0
    for a := 1; a <= n; a++ {
        for b := 1; b <= n; b++ {
            x := m[2][b]
            if x { s = s + x }
            if a == i && b == j { m[2][b] = v }
        }
    }
    return s
}
m = build(24, func(i, j) { return i })
print(shrinking(m, 24, 20, 24, nil), #m[2]) // expect: 1144	23
m = build(24, func(i, j) { return i })
print(shrinking(m, 24, 20, 3, nil))         // expect: 1144
m = build(24, func(i, j) { return i })
print(shrinking(m, 24, 20, 3, 0.5))         // expect: 1146.0

// A row that is no table any more.
func broken(m, n) {
    s := 0
    for i := 1; i <= n; i++ {
        for j := 1; j <= n; j++ { s = s + m[i][j] }
    }
    return s
}
print(broken(build(24, func(i, j) { return j }), 24)) // expect: 7200
m = build(24, func(i, j) { return j })
m[20] = 5
print(pcall(broken, m, 24))
// expect: false	rows_in_hot_loops.gs:79: attempt to index a number value
m[20] = setmetatable({}, {__index: func(t, k) { return 1000 }})
print(broken(m, 24))    // expect: 30900

// No rounds at all: nothing of the loop's may be done before it.
func none(m, n) {
    s := 0
    for i := 1; i <= 300; i++ {
        for j := 1; j <= n; j++ { s = s + m[i][j] }
    }
    return s
}
print(none(nil, 0))     // expect: 0
print(none(build(300, func(i, j) { return 1 }), 3))   // expect: 900
print(none(nil, 0))     // expect: 0
