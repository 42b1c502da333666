// Loops over constants, which the compiler makes straight: with other ways out, turns that fail, and loops around them.
func filter(src, kernel, w) {
    out := {}
    for x := 2; x < w; x++ {
        sum := 0
        for dy := -1; dy <= 1; dy++ {
            for dx := -1; dx <= 1; dx++ {
                sum += src[2 + dy][x + dx] * kernel[dy + 2][dx + 2]
            }
        }
        out[x - 1] = sum
    }
    return out
}

const kernel = {{1, 2, 1}, {2, 4, 2}, {1, 2, 1}}
func rows(w, of) {
    src := {{}, {}, {}}
    for y := 1; y <= 3; y++ {
        for x := 1; x <= w; x++ {
            src[y][x] = of(x, y)
        }
    }
    return src
}
var total = 0
for r := 1; r <= 60; r++ {
    for _, v := range ipairs(filter(rows(30, func(x, y) { return x * y }), kernel, 30)) { total += v }
}
print(total) // expect: 833280
var floats = 0
for r := 1; r <= 20; r++ {
    for _, v := range ipairs(filter(rows(30, func(x, y) { return x * 0.5 }), kernel, 30)) { floats += v }
}
print(floats) // expect: 69440.0
const big = filter(rows(4, func(x, y) { return 1 << 60 }), kernel, 4)
print(big[1], big[2]) // expect: 0	0
const holes = rows(10, func(x, y) { return 1 })
holes[2][5] = nil
print(pcall(filter, holes, kernel, 10)) // expect: false	loops_of_a_few_turns.gs:8: attempt to perform arithmetic on a nil value

// The way out in the middle, and the turn after which it was taken.
func first_below(t, limit) {
    at := 0
    for i := 4; i >= 1; i-- {
        if t[i] == nil { continue }
        if t[i] < limit {
            at = i
            break
        }
    }
    return at
}
const marks = {5, 3, nil, 9}
var found = {[0]: 0, 0, 0, 0, 0}
for i := 1; i <= 400; i++ {
    at := first_below(marks, i % 12)
    found[at]++
}
print(found[0], found[1], found[2], found[3], found[4]) // expect: 135	0	199	0	66

// Closures of each turn have their own variable, and what a turn leaves is what the next one begins with.
func closures(n) {
    made, last := {}, n
    for i := 1; i <= 3; i++ {
        last = last * 2 + i
        kept := last
        made[i] = func() {
            kept += i
            return kept
        }
    }
    return made
}
var sums = 0
for n := 1; n <= 200; n++ {
    fs := closures(n)
    for i := 1; i <= 3; i++ { sums += fs[i]() + fs[i]() }
}
print(sums) // expect: 572800

// A variable that becomes a float in one of the turns, or leaves the integers that fit a word's payload.
func grow(x) {
    for i := 1; i <= 5; i++ {
        if i == 3 { x = x / 2 } else { x = x * 3 }
    }
    return x
}
var grown = 0
for n := 1; n <= 200; n++ { grown += grow(n) }
print(grown, grow(1 << 46)) // expect: 814050.0	2849934139195392.0

// A limit that is no constant, a step that is, and a loop that no turn of is executed.
func stepped(n) {
    s := 0
    for i := 0; i < n; i += 3 { s += i }
    for i := 10; i <= 3; i++ { s += 1000 }
    for i := 9; i != 0; i -= 3 { s += i }
    return s
}
var steps = 0
for n := 1; n <= 100; n++ { steps += stepped(n) }
print(steps) // expect: 57339
