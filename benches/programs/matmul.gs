// Product of two square matrices kept as tables of rows.
func build(n, seed) {
    m := {}
    for i := 1; i <= n; i++ {
        row := {}
        for j := 1; j <= n; j++ {
            row[j] = ((i * 31 + j * 17 + seed) % 100) / 50.0 - 1.0
        }
        m[i] = row
    }
    return m
}

func multiply(a, b, n) {
    c := {}
    for i := 1; i <= n; i++ {
        row, ai := {}, a[i]
        for j := 1; j <= n; j++ {
            sum := 0.0
            for k := 1; k <= n; k++ {
                sum += ai[k] * b[k][j]
            }
            row[j] = sum
        }
        c[i] = row
    }
    return c
}

const n = 400
const c = multiply(build(n, 1), build(n, 2), n)
var trace, sum = 0.0, 0.0
for i := 1; i <= n; i++ {
    trace += c[i][i]
    for j := 1; j <= n; j++ {
        sum += c[i][j]
    }
}
print(string.format("%.6f %.6f", trace, sum))
