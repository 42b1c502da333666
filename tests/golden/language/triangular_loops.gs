// Inner loops that begin or end with a variable of the outer loop, over arrays that are long enough, too short at the last
// turns, or grow while the loops run.

func lower(t, n) {
    sum := 0
    for i := 1; i <= n; i++ {
        for j := i + 1; j <= n; j++ { sum += (t[j] || 1000) * i }
        for j := 1; j <= i; j++ { sum -= t[j] || 7 }
    }
    return sum
}

func eliminate(rows, n) {
    for k := 1; k <= n; k++ {
        pivot := rows[k]
        for i := k + 1; i <= n; i++ {
            row := rows[i]
            f := row[k] / pivot[k]
            for j := k; j <= n; j++ { row[j] -= f * pivot[j] }
        }
    }
}

func grow(n) {
    t := {1}
    for i := 1; i <= n; i++ {
        for j := i; j <= i + 2; j++ { t[j] = (t[j] || 0) + j }
    }
    return #t + t[n] * 1000
}

func numbers(n) {
    t := {}
    for i := 1; i <= n; i++ { t[i] = i }
    return t
}

print(lower(numbers(80), 80), lower(numbers(80), 83), lower(numbers(3), 60))
// expect: 5073300	15027538	35974088

rows := {}
for i := 1; i <= 24; i++ {
    rows[i] = {}
    for j := 1; j <= 24; j++ { rows[i][j] = (i * j) % 7 + 1.5 + (i == j && 20 || 0) }
}
eliminate(rows, 24)
print(string.format("%.6f %.6f %.6f", rows[24][24], rows[12][20], rows[24][2]))
// expect: 16.954635 -1.783549 0.000000
rows[9][24] = nil
ok := pcall(eliminate, rows, 24)
print(ok)                               // expect: false
print(grow(5), grow(400))
// expect: 15007	1200402
