// Transposition table: what earlier searches found out about a position, in two plain arrays.
//
// `data` packs move, bound, depth and score into one number below 2^41. `check` holds the position's lock xor that
// data, so an entry of which two goroutines wrote one half each does not match any position and is simply not found.
// That is all the protection the table needs to be shared without locks.
const M = {EXACT: 1, LOWER: 2, UPPER: 3}

// `size` must be a power of two.
func M.new(size) {
    tt := {mask: size - 1, check: {}, data: {}}
    for slot := 1; slot <= size; slot++ {
        tt.check[slot] = 0
        tt.data[slot] = 0
    }
    return tt
}

// Packed data of the position, 0 if there is none.
func M.probe(tt, key, lock) {
    slot := (key & tt.mask) + 1
    data := tt.data[slot]
    if data != 0 && tt.check[slot] ^ data == lock {
        return data
    }
    return 0
}

// Fields of packed data: 16 bits of move, 2 of bound, 6 of depth, 16 of score.
func M.unpack(data) {
    return data & 65535, data >> 16 & 3, data >> 18 & 63, (data >> 24) - 32768
}

// Keeps an entry of the same position unless the new one is at least as deep; other positions are replaced.
func M.store(tt, key, lock, move, bound, depth, score) {
    slot := (key & tt.mask) + 1
    old := tt.data[slot]
    if old != 0 && tt.check[slot] ^ old == lock {
        if old >> 18 & 63 > depth {
            return
        }
        if move == 0 {
            move = old & 65535
        }
    }
    data := (score + 32768) << 24 | depth << 18 | bound << 16 | move
    tt.data[slot] = data
    tt.check[slot] = lock ^ data
}

return M
