// Dense matrices of the matrix library, 0-based: a product, and a relaxation over neighbours.
const dense, getf, setf = matrix.dense, matrix.getf, matrix.setf

func fill(m, n, seed) {
    for i := 0; i < n; i++ {
        for j := 0; j < n; j++ {
            m[i][j] = ((i * 13 + j * 7 + seed) % 50) / 25.0
        }
    }
}

func multiply(a, b, c, n) {
    for i := 0; i < n; i++ {
        for j := 0; j < n; j++ {
            sum := 0.0
            for k := 0; k < n; k++ {
                sum += getf(a, i, k) * getf(b, k, j)
            }
            setf(c, i, j, sum)
        }
    }
}

func relax(a, b, n) {
    for i := 1; i < n - 1; i++ {
        for j := 1; j < n - 1; j++ {
            b[i][j] = 0.25 * (a[i - 1][j] + a[i + 1][j] + a[i][j - 1] + a[i][j + 1])
        }
    }
}

const n = 220
const a, b, c = dense(n, n), dense(n, n), dense(n, n)
fill(a, n, 1)
fill(b, n, 2)
multiply(a, b, c, n)
multiply(c, a, b, n)
for i := 1; i <= 100; i++ {
    relax(b, c, n)
    relax(c, b, n)
}
var sum = 0.0
for i := 0; i < n; i++ {
    sum += b[i][i]
}
print(string.format("%.6f", sum))
