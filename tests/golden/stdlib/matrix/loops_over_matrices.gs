// Loops whose elements are read and written by machine code, and what makes them leave it.
const dense, getf, setf = matrix.dense, matrix.getf, matrix.setf

func fill(m, rows, cols, x) {
    for i := 0; i < rows; i++ {
        for j := 0; j < cols; j++ { m[i][j] = x + i * 10 + j }
    }
}
func total(m, rows, cols) {
    sum := 0
    for i := 0; i < rows; i++ {
        row := m[i]
        for j := 0; j < cols; j++ { sum += row[j] || 1000 }
    }
    return sum
}
func trace(m, n) {
    sum := 0.0
    for i := 0; i < n; i++ { sum += getf(m, i, i) }
    return sum
}
func transpose(a, b) {
    for i := 0; i < #a; i++ {
        for j := 0; j < #a[i]; j++ { setf(b, j, i, getf(a, i, j)) }
    }
}

const a, b = dense(7, 5), dense(5, 7)
for round := 1; round <= 40; round++ {
    fill(a, 7, 5, round)
    transpose(a, b)
}
print(total(a, 7, 5), total(b, 5, 7), trace(a, 5), trace(b, 5))  // expect: 2520.0	2520.0	310.0	310.0
print(total(a, 7, 6))  // expect: 9520.0
print(pcall(fill, a, 7, 6, 1))  // expect: false	loops_over_matrices.gs:6: index out of range
print(pcall(fill, a, 1, 1, "x"))  // expect: false	loops_over_matrices.gs:6: attempt to perform arithmetic on a string value (local 'x')
print(pcall(trace, a, 6))  // expect: false	loops_over_matrices.gs:19: bad argument #3 to 'matrix.getf' (index out of range)
print(a[0][0], a[0][4], a[6][4], a[7])  // expect: 1.0	5.0	104.0	nil

// Floats of every kind, integers and numeric text.
row := a[0]
for i := 0; i < 60; i++ {
    row[0] = 0.0 / 0.0
    row[1] = 2 ** 0.5
    row[2] = i
    row[3] = -7.5 % 2
    row[4] = 2 ** 62
}
print(row[0], row[1] * row[1], row[2], row[3], row[4])  // expect: NaN	2.0000000000000004	59.0	0.5	4.611686018427388e+18
print(rawequal(a[0], row), #a, #row)  // expect: true	7	5

// The same code on tables, and on matrices of other sizes.
t := {{1, 2, 3}, {4, 5, 6}}
t[0] = {0}
func corner(m) { return m[1][1] }
for i := 0; i < 60; i++ { corner(a) }
print(corner(t), corner(b), corner(dense(2, 2)), pcall(corner, dense(1, 1)))  // expect: 1	51.0	0.0	false	loops_over_matrices.gs:55: attempt to index a nil value
for i := 0; i < 60; i++ { fill(dense(i % 3 + 1, 2), i % 3 + 1, 2, 0.5) }
print(total(a, 7, 5) != total(a, 7, 5))  // expect: true
