// Moves of a position. Those generated obey how pieces move, but may leave the mover's own general attacked (which
// covers the facing generals too): whoever plays one must test that.
const T = require("tables")
const board = require("board")

const EMPTY, OFF = T.EMPTY, T.OFF
const KING, ADVISOR, ELEPHANT, HORSE, ROOK, CANNON = T.KING, T.ADVISOR, T.ELEPHANT, T.HORSE, T.ROOK, T.CANNON
const COLOUR, HOME, PALACE, FORWARD = T.COLOUR, T.HOME, T.PALACE, T.FORWARD
const ORTHOGONAL, DIAGONAL, HORSE_JUMPS = T.ORTHOGONAL, T.DIAGONAL, T.HORSE_JUMPS

const M = {}

// Writes the moves of the side to move into list[1..n] and gives n; only captures unless `quiet`.
func M.generate(pos, list, quiet) {
    cells, square, kind := pos.cells, pos.square, pos.kind
    side := pos.side
    them := 3 - side
    n := 0
    first := side == T.RED && 1 || 17
    for id := first; id <= first + 15; id++ {
        from := square[id]
        if from != 0 {
            head := from * 256
            k := kind[id]
            if k == ROOK {
                for d := 1; d <= 4; d++ {
                    step := ORTHOGONAL[d]
                    to := from + step
                    for cells[to] == EMPTY {
                        if quiet {
                            n++
                            list[n] = head + to
                        }
                        to += step
                    }
                    if COLOUR[cells[to]] == them {
                        n++
                        list[n] = head + to
                    }
                }
            } elseif k == CANNON {
                for d := 1; d <= 4; d++ {
                    step := ORTHOGONAL[d]
                    to := from + step
                    for cells[to] == EMPTY {
                        if quiet {
                            n++
                            list[n] = head + to
                        }
                        to += step
                    }
                    if cells[to] != OFF {
                        to += step
                        for cells[to] == EMPTY {
                            to += step
                        }
                        if COLOUR[cells[to]] == them {
                            n++
                            list[n] = head + to
                        }
                    }
                }
            } elseif k == HORSE {
                for d := 1; d <= 4; d++ {
                    if cells[from + ORTHOGONAL[d]] == EMPTY {
                        jumps := HORSE_JUMPS[d]
                        for j := 1; j <= 2; j++ {
                            to := from + jumps[j]
                            c := COLOUR[cells[to]]
                            if c == them || c == 0 && quiet {
                                n++
                                list[n] = head + to
                            }
                        }
                    }
                }
            } elseif k == ELEPHANT {
                for d := 1; d <= 4; d++ {
                    step := DIAGONAL[d]
                    to := from + 2 * step
                    if HOME[to] == side && cells[from + step] == EMPTY {
                        c := COLOUR[cells[to]]
                        if c == them || c == 0 && quiet {
                            n++
                            list[n] = head + to
                        }
                    }
                }
            } elseif k == ADVISOR || k == KING {
                steps := k == KING && ORTHOGONAL || DIAGONAL
                for d := 1; d <= 4; d++ {
                    to := from + steps[d]
                    if PALACE[to] == side {
                        c := COLOUR[cells[to]]
                        if c == them || c == 0 && quiet {
                            n++
                            list[n] = head + to
                        }
                    }
                }
            } else { // soldier: forward, and sideways once it has crossed the river
                to := from + FORWARD[side]
                c := COLOUR[cells[to]]
                if c == them || c == 0 && quiet {
                    n++
                    list[n] = head + to
                }
                if HOME[from] != side {
                    for delta := -1; delta <= 1; delta += 2 {
                        to = from + delta
                        c = COLOUR[cells[to]]
                        if c == them || c == 0 && quiet {
                            n++
                            list[n] = head + to
                        }
                    }
                }
            }
        }
    }
    return n
}

// The moves that may really be played, as a new list.
func M.legalMoves(pos) {
    list, legal := {}, {}
    n := M.generate(pos, list, true)
    for i := 1; i <= n; i++ {
        board.makeMove(pos, list[i])
        if !board.inCheck(pos, 3 - pos.side) {
            legal[#legal + 1] = list[i]
        }
        board.undoMove(pos)
    }
    return legal
}

// Number of games of exactly `depth` moves from here: the standard check of a move generator.
func M.perft(pos, depth) {
    if depth == 0 {
        return 1
    }
    list, total := {}, 0
    n := M.generate(pos, list, true)
    for i := 1; i <= n; i++ {
        board.makeMove(pos, list[i])
        if !board.inCheck(pos, 3 - pos.side) {
            total += M.perft(pos, depth - 1)
        }
        board.undoMove(pos)
    }
    return total
}

return M
