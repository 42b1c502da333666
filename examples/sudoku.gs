// Sudoku solver: sets of candidates as bit masks, always branching on the cell with the fewest.
// Shows: bitwise operators, recursion with undo, checking of input.
//
//     gscript examples/sudoku.gs                    solves two built-in puzzles
//     gscript examples/sudoku.gs PUZZLE...          81 characters each, row by row; 0 or . is an empty cell

const SAMPLES = {
    "530070000600195000098000060800060003400803001700020006060000280000419005000080079",
    "8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4..",
}
const ALL = 0x1ff                    // nine candidate bits

func rowOf(cell) { return math.floor((cell - 1) / 9) + 1 }
func columnOf(cell) { return (cell - 1) % 9 + 1 }
func boxOf(cell) { return math.floor((rowOf(cell) - 1) / 3) * 3 + math.floor((columnOf(cell) - 1) / 3) + 1 }

const ROW, COLUMN, BOX = {}, {}, {}
for cell := 1; cell <= 81; cell++ {
    ROW[cell], COLUMN[cell], BOX[cell] = rowOf(cell), columnOf(cell), boxOf(cell)
}

func filled(n, value) {
    list := {}
    for i := 1; i <= n; i++ { list[i] = value }
    return list
}

// Sets a digit, given as its bit; the groups remember which digits they contain.
func set(state, cell, bit) {
    state.cells[cell] = bit
    state.rows[ROW[cell]] |= bit
    state.columns[COLUMN[cell]] |= bit
    state.boxes[BOX[cell]] |= bit
}

func clear(state, cell, bit) {
    state.cells[cell] = 0
    state.rows[ROW[cell]] &^= bit
    state.columns[COLUMN[cell]] &^= bit
    state.boxes[BOX[cell]] &^= bit
}

func candidates(state, cell) {
    return ALL &^ (state.rows[ROW[cell]] | state.columns[COLUMN[cell]] | state.boxes[BOX[cell]])
}

// Gives a state, or nil and what is wrong.
func parse(text) {
    if #text != 81 || text:find("[^0-9.]") {
        return nil, "a puzzle has 81 digits or dots"
    }
    state := {cells: filled(81, 0), rows: filled(9, 0), columns: filled(9, 0), boxes: filled(9, 0), tries: 0}
    for cell := 1; cell <= 81; cell++ {
        if digit := tonumber(text:sub(cell, cell)); digit && digit > 0 {
            bit := 1 << (digit - 1)
            if candidates(state, cell) & bit == 0 {
                return nil, string.format("the %d in row %d, column %d is there twice", digit, ROW[cell], COLUMN[cell])
            }
            set(state, cell, bit)
        }
    }
    return state
}

func solve(state) {
    bestCell, bestMask, bestCount := nil, 0, 10
    for cell := 1; cell <= 81; cell++ {
        if state.cells[cell] == 0 {
            mask := candidates(state, cell)
            if count := bit32.countbits(mask); count < bestCount {
                bestCell, bestMask, bestCount = cell, mask, count
                if count <= 1 { break }
            }
        }
    }
    if !bestCell {
        return true
    }
    for bestMask != 0 {
        bit := bestMask & -bestMask      // the lowest set bit
        bestMask &^= bit
        state.tries++
        set(state, bestCell, bit)
        if solve(state) {
            return true
        }
        clear(state, bestCell, bit)
    }
    return false
}

func show(state) {
    for row := 1; row <= 9; row++ {
        parts := {}
        for column := 1; column <= 9; column++ {
            parts[#parts + 1] = bit32.highbit(state.cells[(row - 1) * 9 + column]) + 1
            if column == 3 || column == 6 {
                parts[#parts + 1] = "|"
            }
        }
        print(table.concat(parts, " "))
        if row == 3 || row == 6 {
            print("------+-------+------")
        }
    }
}

func main() {
    puzzles := #arg > 0 && table.slice(arg, 1) || SAMPLES
    failed := false
    for i, text := range ipairs(puzzles) {
        state, problem := parse(text)
        if state && !solve(state) {
            problem = "no solution"
        }
        if problem {
            io.stderr:write("sudoku: puzzle ", i, ": ", problem, "\n")
            failed = true
        } else {
            print("puzzle " .. i .. ", digits tried: " .. state.tries)
            show(state)
        }
    }
    os.exit(failed && 1 || 0)
}

main()
