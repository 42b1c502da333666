// A position: who stands where, whose turn it is, and everything needed to take moves back.
//
// Each piece has a number for the whole game (tables.gs). `cells` maps squares to pieces and `square` maps pieces to
// squares, 0 for one that was captured, so that neither finding a piece nor moving it needs a search. The hash (two
// numbers) and the material score change with each move instead of being computed anew.
// A move is from * 256 + to.
const T = require("tables")

const RED, BLACK, EMPTY, OFF = T.RED, T.BLACK, T.EMPTY, T.OFF
const KING, ADVISOR, ELEPHANT, HORSE = T.KING, T.ADVISOR, T.ELEPHANT, T.HORSE
const ROOK, CANNON, SOLDIER = T.ROOK, T.CANNON, T.SOLDIER
const COLOUR, VALUE, KEY, LOCK, SIDE_KEY, SIDE_LOCK = T.COLOUR, T.VALUE, T.KEY, T.LOCK, T.SIDE_KEY, T.SIDE_LOCK
const ORTHOGONAL, DIAGONAL, HORSE_ATTACKS, FORWARD = T.ORTHOGONAL, T.DIAGONAL, T.HORSE_ATTACKS, T.FORWARD

const M = {}

M.OPENING = "rnbakabnr/9/1c5c1/p1p1p1p1p/9/9/P1P1P1P1P/1C5C1/9/RNBAKABNR w"

const KIND_OF_LETTER = {
    k: KING, a: ADVISOR, b: ELEPHANT, e: ELEPHANT, n: HORSE, h: HORSE, r: ROOK, c: CANNON, p: SOLDIER,
}
const LETTER = {"K", "A", "B", "N", "R", "C", "P"}
const COUNT_MAX = {1, 2, 2, 2, 2, 2, 5}

func emptyPosition() {
    pos := {
        cells: {}, square: {}, kind: {}, base: {},
        side: RED, key: 0, lock: 0, score: 0,
        ply: 0, moves: {}, captured: {}, keys: {}, locks: {}, scores: {}, checks: {},
    }
    for sq := 1; sq <= 256; sq++ {
        pos.cells[sq] = T.ON_BOARD[sq] && EMPTY || OFF
    }
    for id := 1; id <= 34; id++ {
        pos.square[id] = 0
        pos.kind[id] = 0
        pos.base[id] = 0
    }
    return pos
}

// Is the general of `side` attacked?
func M.inCheck(pos, side) {
    cells, kind := pos.cells, pos.kind
    king := pos.square[side == RED && 1 || 17]
    them := 3 - side
    for d := 1; d <= 4; d++ {
        step := ORTHOGONAL[d]
        sq := king + step
        id := cells[sq]
        for id == EMPTY {
            sq += step
            id = cells[sq]
        }
        if COLOUR[id] == them {
            k := kind[id]
            if k == ROOK || k == KING {
                return true
            }
            if k == SOLDIER && sq == king + step && step != FORWARD[them] {
                return true
            }
        }
        if id != OFF {
            sq += step
            id = cells[sq]
            for id == EMPTY {
                sq += step
                id = cells[sq]
            }
            if COLOUR[id] == them && kind[id] == CANNON {
                return true
            }
        }
    }
    for d := 1; d <= 4; d++ {
        if cells[king + DIAGONAL[d]] == EMPTY {
            jumps := HORSE_ATTACKS[d]
            id := cells[king + jumps[1]]
            if COLOUR[id] == them && kind[id] == HORSE {
                return true
            }
            id = cells[king + jumps[2]]
            if COLOUR[id] == them && kind[id] == HORSE {
                return true
            }
        }
    }
    return false
}

// Plays a move that movegen gave. The caller must undo it if it leaves the mover's general attacked.
func M.makeMove(pos, move) {
    cells, square, base := pos.cells, pos.square, pos.base
    from, to := move >> 8, move & 255
    id, captured := cells[from], cells[to]
    ply := pos.ply + 1
    pos.ply = ply
    pos.moves[ply] = move
    pos.captured[ply] = captured
    pos.keys[ply] = pos.key
    pos.locks[ply] = pos.lock
    pos.scores[ply] = pos.score
    pos.checks[ply] = false
    fromIndex, toIndex := base[id] + from, base[id] + to
    key := pos.key ^ KEY[fromIndex] ^ KEY[toIndex] ^ SIDE_KEY
    lock := pos.lock ^ LOCK[fromIndex] ^ LOCK[toIndex] ^ SIDE_LOCK
    score := pos.score - VALUE[fromIndex] + VALUE[toIndex]
    if captured != EMPTY {
        index := base[captured] + to
        square[captured] = 0
        key ^= KEY[index]
        lock ^= LOCK[index]
        score -= VALUE[index]
    }
    cells[from] = EMPTY
    cells[to] = id
    square[id] = to
    pos.key = key
    pos.lock = lock
    pos.score = score
    pos.side = 3 - pos.side
}

func M.undoMove(pos) {
    cells, square := pos.cells, pos.square
    ply := pos.ply
    move, captured := pos.moves[ply], pos.captured[ply]
    from, to := move >> 8, move & 255
    id := cells[to]
    cells[from] = id
    square[id] = from
    cells[to] = captured
    if captured != EMPTY {
        square[captured] = to
    }
    pos.key = pos.keys[ply]
    pos.lock = pos.locks[ply]
    pos.score = pos.scores[ply]
    pos.side = 3 - pos.side
    pos.ply = ply - 1
}

// Passes the turn. Move 0 marks the place, across which no repetition is looked for.
func M.makeNull(pos) {
    ply := pos.ply + 1
    pos.ply = ply
    pos.moves[ply] = 0
    pos.captured[ply] = EMPTY
    pos.keys[ply] = pos.key
    pos.locks[ply] = pos.lock
    pos.scores[ply] = pos.score
    pos.checks[ply] = false
    pos.key ^= SIDE_KEY
    pos.lock ^= SIDE_LOCK
    pos.side = 3 - pos.side
}

func M.undoNull(pos) {
    ply := pos.ply
    pos.key = pos.keys[ply]
    pos.lock = pos.locks[ply]
    pos.side = 3 - pos.side
    pos.ply = ply - 1
}

// Plays a move of the actual game, noting whether it gives check.
func M.play(pos, move) {
    M.makeMove(pos, move)
    pos.checks[pos.ply] = M.inCheck(pos, pos.side)
}

// Has the position occurred before without a capture in between? 0: no. 1: yes, a draw. 2: yes, and only the side to
// move gave check in every move since, so that it loses. 3: the same for the other side. `checks[ply]` says whether the
// move at that ply gave check.
func M.repetition(pos) {
    keys, locks, moves, captured, checks := pos.keys, pos.locks, pos.moves, pos.captured, pos.checks
    key, lock := pos.key, pos.lock
    theirs, ours := true, true
    ply := pos.ply
    for ply > 0 && moves[ply] != 0 && captured[ply] == EMPTY {
        theirs = theirs && checks[ply]
        ply--
        if ply == 0 || moves[ply] == 0 || captured[ply] != EMPTY {
            return 0
        }
        ours = ours && checks[ply]
        if keys[ply] == key && locks[ply] == lock {
            if ours == theirs {
                return 1
            }
            return ours && 2 || 3
        }
        ply--
    }
    return 0
}

func place(pos, counts, kind, colour, sq) {
    code := kind + (colour == BLACK && 7 || 0)
    counts[code] = (counts[code] || 0) + 1
    if counts[code] > COUNT_MAX[kind] {
        return "too many pieces of kind " .. LETTER[kind]
    }
    if (kind == KING || kind == ADVISOR) && T.PALACE[sq] != colour {
        return LETTER[kind] .. " outside its palace"
    }
    if kind == ELEPHANT && T.HOME[sq] != colour {
        return "B across the river"
    }
    first := colour == RED && 1 || 17
    id := first
    if kind != KING {
        counts[-colour] = (counts[-colour] || 0) + 1
        id = first + counts[-colour]
    }
    index := code * 256 + sq
    pos.cells[sq] = id
    pos.square[id] = sq
    pos.kind[id] = kind
    pos.base[id] = code * 256
    pos.key ^= KEY[index]
    pos.lock ^= LOCK[index]
    pos.score += VALUE[index]
    return nil
}

// Reads a position in FEN. Gives the position, or nil and what is wrong.
func M.fromFen(fen) {
    placement, turn := fen:match("^%s*(%S+)%s*(%S*)")
    if !placement {
        return nil, "empty FEN"
    }
    pos, counts := emptyPosition(), {}
    row, column := 3, 3
    for i := 1; i <= #placement; i++ {
        ch := placement:sub(i, i)
        kind := KIND_OF_LETTER[ch:lower()]
        if ch == "/" {
            if column != 12 {
                return nil, "rank " .. row - 2 .. " does not have nine files"
            }
            row, column = row + 1, 3
        } elseif ch:match("[1-9]") {
            column += tonumber(ch)
        } elseif kind {
            if row > 12 || column > 11 {
                return nil, "more than ten ranks of nine files"
            }
            colour := ch:match("%u") && RED || BLACK
            problem := place(pos, counts, kind, colour, row * 16 + column)
            if problem {
                return nil, problem
            }
            column++
        } else {
            return nil, "unknown piece '" .. ch .. "'"
        }
    }
    if row != 12 || column != 12 {
        return nil, "not ten ranks of nine files"
    }
    if pos.square[1] == 0 || pos.square[17] == 0 {
        return nil, "a general is missing"
    }
    if turn == "b" {
        pos.side = BLACK
        pos.key ^= SIDE_KEY
        pos.lock ^= SIDE_LOCK
    } elseif turn != "" && turn != "w" && turn != "r" {
        return nil, "the side to move must be w or b"
    }
    if M.inCheck(pos, 3 - pos.side) {
        return nil, "the side to move could capture the general"
    }
    return pos
}

func M.toFen(pos) {
    ranks := {}
    for row := 3; row <= 12; row++ {
        text, empty := "", 0
        for column := 3; column <= 11; column++ {
            id := pos.cells[row * 16 + column]
            if id == EMPTY {
                empty++
            } else {
                if empty > 0 {
                    text ..= empty
                    empty = 0
                }
                letter := LETTER[pos.kind[id]]
                text ..= COLOUR[id] == RED && letter || letter:lower()
            }
        }
        if empty > 0 {
            text ..= empty
        }
        ranks[#ranks + 1] = text
    }
    return table.concat(ranks, "/") .. (pos.side == RED && " w" || " b")
}

// The board as lines of text with Red, in capitals, at the bottom.
func M.picture(pos) {
    lines := {}
    for row := 3; row <= 12; row++ {
        cells := {}
        for column := 3; column <= 11; column++ {
            id := pos.cells[row * 16 + column]
            letter := id == EMPTY && "." || LETTER[pos.kind[id]]
            cells[#cells + 1] = COLOUR[id] == BLACK && letter:lower() || letter
        }
        lines[#lines + 1] = (12 - row) .. "  " .. table.concat(cells, " ")
        if row == 7 {
            lines[#lines + 1] = "   ~~~~~ river ~~~~~"
        }
    }
    lines[#lines + 1] = ""
    lines[#lines + 1] = "   a b c d e f g h i   " .. (pos.side == RED && "Red" || "Black") .. " to move"
    return table.concat(lines, "\n")
}

// Files a to i from the left, ranks 0 to 9 from Red's base line: h2e2.
func M.moveName(move) {
    func squareName(sq) {
        return string.char(97 + (sq & 15) - 3) .. 12 - (sq >> 4)
    }
    return squareName(move >> 8) .. squareName(move & 255)
}

// An independent copy, past moves included.
func M.clone(pos) {
    copy := {}
    for name, value := range pos {
        copy[name] = type(value) == "table" && table.copy(value) || value
    }
    return copy
}

return M
