// Systems of linear equations by Gaussian elimination with partial pivoting: solution, determinant, inverse.
// Shows: lists of lists as matrices, numeric loops, several results, formatting of numbers.
//
//     gscript examples/gauss.gs                     solves three built-in systems
//     gscript examples/gauss.gs FILE                one equation a line: n coefficients and the right side ("-": stdin)

const SAMPLES = {
    {title: "one solution", rows: {{2, 1, -1, 8}, {-3, -1, 2, -11}, {-2, 1, 2, -3}}},
    {title: "pivoting needed", rows: {{0, 1, 1, 5}, {1, 0, 1, 4}, {1, 1, 0, 3}}},
    {title: "singular", rows: {{1, 2, 3}, {2, 4, 6}}},
}
const EPSILON = 1e-12

// Brings the left n columns of a matrix of n rows to the unit matrix, by row operations on whole rows. Gives the result
// and the determinant of the left part; nil and 0 if that is singular.
func eliminate(matrix) {
    n := #matrix
    m := table.map(matrix, func(row) { return table.copy(row) })
    determinant := 1.0
    for column := 1; column <= n; column++ {
        pivot := column
        for row := column + 1; row <= n; row++ {
            if math.abs(m[row][column]) > math.abs(m[pivot][column]) {
                pivot = row
            }
        }
        if math.abs(m[pivot][column]) < EPSILON {
            return nil, 0.0
        }
        if pivot != column {
            m[pivot], m[column] = m[column], m[pivot]
            determinant = -determinant
        }
        own := m[column]
        scale := own[column]
        determinant *= scale
        for k := column; k <= #own; k++ {
            own[k] /= scale
        }
        for row := 1; row <= n; row++ {
            other := m[row]
            factor := other[column]
            if row != column && factor != 0 {
                for k := column; k <= #own; k++ {
                    other[k] -= factor * own[k]
                }
            }
        }
    }
    return m, determinant
}

func inverse(coefficients) {
    n := #coefficients
    wide := table.map(coefficients, func(row, i) {
        result := table.slice(row, 1, n)
        for k := 1; k <= n; k++ {
            result[n + k] = k == i && 1 || 0
        }
        return result
    })
    reduced := eliminate(wide)
    return reduced && table.map(reduced, func(row) { return table.slice(row, n + 1) })
}

// Text of a number with at most four decimals, without a minus in front of zero.
func show(x) {
    rounded := math.round(x, 4)
    return string.format("%g", rounded == 0 && 0 || rounded)
}

func report(title, rows) {
    n := #rows
    print(title .. ":")
    for _, row := range ipairs(rows) {
        left := table.map(table.slice(row, 1, n), func(c, i) { return show(c) .. " x" .. i })
        sum := table.concat(left, " + "):gsub("%+ %-", "- ")
        print("  " .. sum .. " = " .. show(row[n + 1]))
    }
    reduced, determinant := eliminate(rows)
    print("  determinant " .. show(determinant))
    if !reduced {
        print("  there is no unique solution")
        return
    }
    worst := 0.0
    for _, row := range ipairs(rows) {
        sum := 0.0
        for k := 1; k <= n; k++ {
            sum += row[k] * reduced[k][n + 1]
        }
        worst = math.max(worst, math.abs(sum - row[n + 1]))
    }
    print("  solution " .. table.concat(table.map(reduced, func(row) { return show(row[n + 1]) }), " ") ..
        (worst < 1e-9 && " (checked)" || string.format(" (off by %g)", worst)))
    print("  inverse")
    for _, row := range ipairs(inverse(rows)) {
        print("    " .. table.concat(table.map(row, func(x) { return string.format("%8s", show(x)) }), " "))
    }
}

func fail(message) {
    io.stderr:write("gauss: ", message, "\n")
    os.exit(1)
}

func readSystem(path) {
    file, problem := io.stdin, nil
    if path != "-" {
        file, problem = io.open(path)
        if !file {
            fail(problem)
        }
    }
    rows := {}
    for line := range file:lines() {
        row := {}
        for word := range line:gmatch("%S+") {
            number := tonumber(word)
            if !number || number - number != 0 {         // infinities and NaN are of no use here
                fail("not a number: " .. word)
            }
            row[#row + 1] = number
        }
        if #row > 0 {
            rows[#rows + 1] = row
        }
    }
    for i, row := range ipairs(rows) {
        if #row != #rows + 1 {
            fail(string.format("equation %d has %d numbers; %d equations need %d", i, #row, #rows, #rows + 1))
        }
    }
    if #rows == 0 {
        fail("no equations")
    }
    return rows
}

func main() {
    if arg[1] {
        report(arg[1], readSystem(arg[1]))
        return
    }
    for _, sample := range ipairs(SAMPLES) {
        report(sample.title, sample.rows)
    }
}

main()
