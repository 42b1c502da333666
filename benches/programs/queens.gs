// All solutions of the queens problem, by backtracking over marked lines.
func solve(n) {
    rows, up, down := {}, {}, {}
    for i := 1; i <= n; i++ {
        rows[i] = true
    }
    for i := 1; i <= 2 * n; i++ {
        up[i] = true
        down[i] = true
    }
    func place(col) {
        if col > n { return 1 }
        count := 0
        for row := 1; row <= n; row++ {
            if rows[row] && up[row + col] && down[row - col + n] {
                rows[row], up[row + col], down[row - col + n] = false, false, false
                count += place(col + 1)
                rows[row], up[row + col], down[row - col + n] = true, true, true
            }
        }
        return count
    }
    return place(1)
}

var total = 0
for round := 1; round <= 3; round++ {
    for n := 4; n <= 12; n++ {
        total += solve(n)
    }
}
print(string.format("%d", total))
