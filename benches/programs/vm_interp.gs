// A register machine interpreted by a loop: three small programs for it.
const LOAD, MOVE, ADD, SUB, MUL, MOD, LESS, EQUAL, JUMP, JUMP_IF, STORE, FETCH, PRINT, HALT =
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14

// Code is flat: four cells an instruction. Jump targets are positions of cells.
func run(code, output) {
    r, memory := {}, {}
    for i := 1; i <= 16; i++ {
        r[i] = 0
    }
    pc, steps := 1, 0
    for {
        op, a, b, c := code[pc], code[pc + 1], code[pc + 2], code[pc + 3]
        pc += 4
        steps++
        switch op {
        case LOAD:
            r[a] = b
        case MOVE:
            r[a] = r[b]
        case ADD:
            r[a] = r[b] + r[c]
        case SUB:
            r[a] = r[b] - r[c]
        case MUL:
            r[a] = r[b] * r[c]
        case MOD:
            r[a] = r[b] % r[c]
        case LESS:
            r[a] = r[b] < r[c] && 1 || 0
        case EQUAL:
            r[a] = r[b] == r[c] && 1 || 0
        case JUMP:
            pc = a
        case JUMP_IF:
            if r[a] != 0 { pc = b }
        case STORE:
            memory[r[a]] = r[b]
        case FETCH:
            r[a] = memory[r[b]] || 0
        case PRINT:
            output[#output + 1] = r[a]
        default:
            return steps
        }
    }
}

func assemble(lines) {
    code, labels := {}, {}
    n := 0
    for i := 1; i <= #lines; i++ {
        line := lines[i]
        if type(line) == "string" {
            labels[line] = n + 1
        } else {
            for j := 1; j <= 4; j++ {
                code[n + j] = line[j] || 0
            }
            n += 4
        }
    }
    for i := 1; i <= n; i++ {
        if type(code[i]) == "string" { code[i] = labels[code[i]] }
    }
    return code
}

// Sum of i * i % 7 for i below a limit.
const sums = assemble({
    {LOAD, 1, 0}, {LOAD, 2, 0}, {LOAD, 3, 1}, {LOAD, 4, 400000}, {LOAD, 5, 7},
    "loop", {MUL, 6, 2, 2}, {MOD, 6, 6, 5}, {ADD, 1, 1, 6}, {ADD, 2, 2, 3}, {LESS, 7, 2, 4}, {JUMP_IF, 7, "loop"},
    {PRINT, 1}, {HALT},
})

// A sieve in memory that counts primes.
const primes = assemble({
    {LOAD, 1, 2}, {LOAD, 2, 60000}, {LOAD, 3, 1}, {LOAD, 8, 0},
    "next", {FETCH, 4, 1}, {JUMP_IF, 4, "skip"}, {ADD, 8, 8, 3}, {ADD, 5, 1, 1},
    "mark", {LESS, 6, 5, 2}, {EQUAL, 7, 6, 9}, {JUMP_IF, 7, "skip"}, {STORE, 5, 3}, {ADD, 5, 5, 1}, {JUMP, "mark"},
    "skip", {ADD, 1, 1, 3}, {LESS, 6, 1, 2}, {JUMP_IF, 6, "next"},
    {PRINT, 8}, {HALT},
})

// Fibonacci numbers modulo a million, many times.
const fibs = assemble({
    {LOAD, 1, 0}, {LOAD, 2, 1}, {LOAD, 3, 0}, {LOAD, 4, 1}, {LOAD, 5, 400000}, {LOAD, 6, 1000000},
    "loop", {ADD, 7, 1, 2}, {MOD, 7, 7, 6}, {MOVE, 1, 2}, {MOVE, 2, 7},
    {ADD, 3, 3, 4}, {LESS, 8, 3, 5}, {JUMP_IF, 8, "loop"},
    {PRINT, 1}, {HALT},
})

var output, steps = {}, 0
for round := 1; round <= 3; round++ {
    steps = steps + run(sums, output) + run(primes, output) + run(fibs, output)
}
print(string.format("%d %d %d %d", steps, output[1], output[2], output[3]))
