// Constants of the game and the tables computed once from them: geometry, piece values, random numbers for hashing.
//
// A square is row * 16 + column. The board occupies rows 3 (Black's base line) to 12 (Red's) and columns 3 to 11 of a
// 16 x 16 grid, so that the longest step of any piece from a real square stays inside the grid.
// A piece is a number: 1 to 16 are Red's, 17 to 32 Black's, the generals being 1 and 17.
const M = {}

M.RED, M.BLACK = 1, 2
M.KING, M.ADVISOR, M.ELEPHANT, M.HORSE, M.ROOK, M.CANNON, M.SOLDIER = 1, 2, 3, 4, 5, 6, 7
M.EMPTY, M.OFF = 33, 34          // what a cell without a piece, and a cell outside the board, contain

M.ORTHOGONAL = {-16, -1, 1, 16}
M.DIAGONAL = {-17, -15, 15, 17}
M.FORWARD = {-16, 16}            // a soldier's step, by colour
// For each orthogonal leg, the two squares a horse reaches over it.
M.HORSE_JUMPS = {{-33, -31}, {-18, 14}, {-14, 18}, {31, 33}}
// For each diagonal neighbour of a target, the two squares from which a horse attacks the target over that leg.
M.HORSE_ATTACKS = {{-33, -18}, {-31, -14}, {31, 14}, {33, 18}}

// Colour of the owner by piece: 0 for an empty cell and 3 for one off the board, which equals neither side.
M.COLOUR = {}
for id := 1; id <= 16; id++ {
    M.COLOUR[id] = M.RED
}
for id := 17; id <= 32; id++ {
    M.COLOUR[id] = M.BLACK
}
M.COLOUR[M.EMPTY] = 0
M.COLOUR[M.OFF] = 3

// By square: is it on the board, whose half is it in, whose palace is it in (0 for nobody's).
M.ON_BOARD, M.HOME, M.PALACE = {}, {}, {}
for sq := 1; sq <= 256; sq++ {
    M.ON_BOARD[sq] = false
    M.HOME[sq] = 0
    M.PALACE[sq] = 0
}
for row := 3; row <= 12; row++ {
    for column := 3; column <= 11; column++ {
        sq := row * 16 + column
        owner := row <= 7 && M.BLACK || M.RED
        M.ON_BOARD[sq] = true
        M.HOME[sq] = owner
        if column >= 6 && column <= 8 && (row <= 5 || row >= 10) {
            M.PALACE[sq] = owner
        }
    }
}

// Worth of a kind of piece anywhere, and what a square adds to it. Files a to e as Red sees them, far rank first; the
// other files mirror these.
M.WORTH = {0, 120, 120, 270, 600, 285, 30}
const placement = {
    { // king
        {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0},
        {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, -30, -25}, {0, 0, 0, -15, -10}, {0, 0, 0, 0, 12},
    },
    { // advisor
        {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0},
        {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, -8, 0}, {0, 0, 0, 0, 9}, {0, 0, 0, 4, 0},
    },
    { // elephant
        {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0},
        {0, 0, -4, 0, 0}, {0, 0, 0, 0, 0}, {-10, 0, 0, 0, 12}, {0, 0, 0, 0, 0}, {0, 0, 4, 0, 0},
    },
    { // horse
        {4, 8, 16, 12, 4}, {4, 18, 30, 20, 10}, {12, 20, 24, 28, 20}, {10, 32, 22, 30, 24}, {8, 20, 26, 28, 30},
        {8, 16, 22, 24, 26}, {6, 12, 16, 14, 18}, {6, 10, 12, 12, 8}, {0, 4, 8, 6, -30}, {0, -6, 4, 0, 4},
    },
    { // rook
        {14, 14, 12, 18, 16}, {16, 20, 18, 24, 26}, {12, 12, 12, 18, 16}, {12, 18, 16, 22, 22}, {12, 16, 14, 20, 20},
        {12, 14, 12, 20, 20}, {6, 10, 8, 14, 14}, {0, 8, 4, 12, 12}, {-6, 8, 4, 12, 2}, {-12, 6, 2, 12, 2},
    },
    { // cannon
        {8, 8, 0, -10, -12}, {4, 4, 0, -8, -14}, {4, 4, 0, -10, -8}, {2, 6, 6, 4, 14}, {2, 4, 6, 4, 12},
        {0, 2, 8, 4, 10}, {0, 0, 2, 4, 8}, {2, 0, 8, 6, 14}, {0, 4, 6, 8, 8}, {0, 0, 4, 8, 8},
    },
    { // soldier
        {-6, 0, 8, 18, 24}, {40, 60, 80, 98, 104}, {40, 54, 70, 82, 86}, {38, 48, 58, 64, 64}, {30, 38, 42, 44, 44},
        {4, 0, 10, 2, 14}, {0, 0, 2, 0, 6}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0},
    },
}

// The tables below are indexed by code * 256 + square, where code is kind for Red and kind + 7 for Black.
// VALUE is the worth of that piece there, from Red's point of view; KEY and LOCK are two independent 31-bit numbers.
M.VALUE, M.KEY, M.LOCK = {}, {}, {}
var keySeed, lockSeed = 20260214, 77123457
for index := 1; index <= 15 * 256; index++ {
    keySeed = keySeed * 16807 % 2147483647
    lockSeed = lockSeed * 48271 % 2147483647
    M.VALUE[index] = 0
    M.KEY[index] = keySeed
    M.LOCK[index] = lockSeed
}
M.SIDE_KEY = keySeed * 16807 % 2147483647
M.SIDE_LOCK = lockSeed * 48271 % 2147483647

for kind := 1; kind <= 7; kind++ {
    for row := 1; row <= 10; row++ {
        for column := 1; column <= 9; column++ {
            value := M.WORTH[kind] + placement[kind][row][column <= 5 && column || 10 - column]
            sq := (row + 2) * 16 + column + 2
            M.VALUE[kind * 256 + sq] = value
            M.VALUE[(kind + 7) * 256 + 254 - sq] = -value      // 254 - sq is the square opposite
        }
    }
}

return M
