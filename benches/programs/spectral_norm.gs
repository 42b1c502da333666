// The spectral norm of an infinite matrix, by the power method.
func a(i, j) {
    ij := i + j - 1
    return 1.0 / (ij * (ij - 1) * 0.5 + i)
}

func mul_av(n, x, y) {
    for i := 1; i <= n; i++ {
        sum := 0.0
        for j := 1; j <= n; j++ {
            sum += x[j] * a(i, j)
        }
        y[i] = sum
    }
}

func mul_atv(n, x, y) {
    for i := 1; i <= n; i++ {
        sum := 0.0
        for j := 1; j <= n; j++ {
            sum += x[j] * a(j, i)
        }
        y[i] = sum
    }
}

func mul_at_av(n, x, y, t) {
    mul_av(n, x, t)
    mul_atv(n, t, y)
}

const n = 850
const u, v, t = {}, {}, {}
for i := 1; i <= n; i++ {
    u[i] = 1.0
}
for i := 1; i <= 10; i++ {
    mul_at_av(n, u, v, t)
    mul_at_av(n, v, u, t)
}
var vbv, vv = 0.0, 0.0
for i := 1; i <= n; i++ {
    ui, vi := u[i], v[i]
    vbv += ui * vi
    vv += vi * vi
}
print(string.format("%.9f", math.sqrt(vbv / vv)))
