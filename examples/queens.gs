// The N queens problem: how many ways there are, and the first of them.
// Shows: a bit-mask backtracking search, recursion, drawing with string functions.
//
//     gscript examples/queens.gs [N]                (1 to 14, default 8)

// Counts completions. A set bit means that the column is attacked: from above, or along a diagonal that moves one column
// per row. `found(columns)` is called for each solution with the list of columns.
func place(n, columns, row, used, falling, rising, found) {
    if row > n {
        found(columns)
        return 1
    }
    count := 0
    free := ((1 << n) - 1) &^ (used | falling | rising)
    for free != 0 {
        bit := free & -free
        free &^= bit
        columns[row] = bit
        count += place(n, columns, row + 1, used | bit, (falling | bit) >> 1, (rising | bit) << 1, found)
    }
    return count
}

func draw(n, columns) {
    for row := 1; row <= n; row++ {
        cells := {}
        for column := 0; column < n; column++ {
            cells[#cells + 1] = columns[row] == 1 << column && "Q" || "."
        }
        print("  " .. table.concat(cells, " "))
    }
}

func main() {
    n := math.tointeger(tonumber(arg[1] || 8))
    if !n || n < 1 || n > 14 {
        io.stderr:write("usage: queens.gs [N], with N from 1 to 14\n")
        os.exit(1)
    }
    first := nil
    count := place(n, {}, 1, 0, 0, 0, func(columns) {
        first = first || table.copy(columns)
    })
    print(n .. " queens: " .. count .. " solution" .. (count == 1 && "" || "s"))
    if first {
        draw(n, first)
    }
}

main()
