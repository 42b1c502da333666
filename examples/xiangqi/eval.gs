// How good a position looks without searching: material and placement, which the position keeps up to date, plus the
// freedom of rooks and horses.
const T = require("tables")

const EMPTY, HORSE, ROOK = T.EMPTY, T.HORSE, T.ROOK
const ORTHOGONAL = T.ORTHOGONAL
const ROOK_REACH, HORSE_BLOCKED, TEMPO = 2, 6, 4

func freedom(pos, first) {
    cells, square, kind := pos.cells, pos.square, pos.kind
    total := 0
    for id := first; id <= first + 15; id++ {
        from := square[id]
        if from != 0 {
            k := kind[id]
            if k == ROOK {
                for d := 1; d <= 4; d++ {
                    step := ORTHOGONAL[d]
                    to := from + step
                    for cells[to] == EMPTY {
                        total += ROOK_REACH
                        to += step
                    }
                }
            } elseif k == HORSE {
                for d := 1; d <= 4; d++ {
                    if cells[from + ORTHOGONAL[d]] != EMPTY {
                        total -= HORSE_BLOCKED
                    }
                }
            }
        }
    }
    return total
}

const M = {}

// From the point of view of the side to move.
func M.evaluate(pos) {
    score := pos.score + freedom(pos, 1) - freedom(pos, 17)
    if pos.side == T.BLACK {
        score = -score
    }
    return score + TEMPO
}

// Has the side to move a piece besides its guards and soldiers? Without one, passing may be its best move.
func M.hasForce(pos) {
    square, kind := pos.square, pos.kind
    first := pos.side == T.RED && 1 || 17
    for id := first; id <= first + 15; id++ {
        k := kind[id]
        if square[id] != 0 && k >= HORSE && k <= T.CANNON {
            return true
        }
    }
    return false
}

return M
