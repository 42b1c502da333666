// Functions with extra arguments that are too long to be inlined: any number of arguments and results, errors, exits,
// recursion over several chunks of the stack, and switches inside them.
func long(n, m, ...) {
    s := 0
    for i := 1; i <= #...; i++ { v := ...[i]; if v { s += v } }
    if n == 1 { return }
    if n == 2 { return s }
    if n == 3 { return s, m, #... }
    if n == 4 { return s, m, ... }
    if n == 5 { error({s: s}) }
    if n == 6 { return coroutine.yield(s, m, ...) }
    if n == 7 { t := {}; for i := 1; i <= 10; i++ { t[i] = i * s }; return unpack(t) }
    if n == 8 { return s + 0.5, tostring(m), {...} }
    if n == 9 { defer func() { s += 1 }(); return s, m, s, m, s, m }
    if n == 10 { s = s * 2; for i := 1; i <= 3; i++ { s += i }; return s, s, s }
    if n == 11 { x := 0; for k, v := range {...} { x += k * v }; return x }
    if n == 12 { return long(2, m, ...) + long(2, ...), m }
    return long(n - 1, m, n, ...)
}
func show(...) {
    out := {}
    for i := 1; i <= #...; i++ { v := ...[i]; if type(v) == "table" { v = #v }; out[i] = tostring(v) }
    return table.concat(out, " ")
}
lines := {}
for round := 1; round <= 60; round++ {
    for n := 1; n <= 12; n++ {
        if n == 5 {
            ok, e := pcall(long, n, 1, round, 2)
            lines[n] = tostring(ok) .. e.s - round
        } elseif n == 6 {
            co := coroutine.wrap(func() { return long(6, round, 1, 2) })
            a, b, c, d := co()
            lines[n] = show(a, b - round, c, d, co("x", "y", "z"))
        } else {
            a, b, c, d, e, f := long(n, 7, 1, 2, 3)
            lines[n] = show(a, b, c, d, e, f, long(n, 1), long(n), long(n, nil, nil, 5))
        }
    }
}
for n := 1; n <= 12; n++ { print(lines[n]) }
// expect: nil nil nil nil nil nil nil nil
// expect: 6 nil nil nil nil nil 0 0 5
// expect: 6 7 3 nil nil nil 0 0 5 nil 2
// expect: 6 7 1 2 3 nil 0 0 5 nil nil 5
// expect: false2
// expect: 3 0 1 2 x y z
// expect: 6 12 18 24 30 36 0 0 5 10 15 20 25 30 35 40 45 50
// expect: 6.5 7 3 nil nil nil 0.5 0.5 5.5 nil 2
// expect: 6 7 6 7 6 7 0 0 5 nil 5 nil 5 nil
// expect: 18 18 18 nil nil nil 6 6 16 16 16
// expect: 14 nil nil nil nil nil 0 0 10
// expect: 11 7 nil nil nil nil 0 0 10 nil

// Deep recursion with more arguments at each level, and an overflow out of it.
func deep(n, ...) {
    if n == 0 { return #..., ... }
    count, first := deep(n - 1, n, ...)
    t := {count, first, n}
    return t[1], t[2]
}
func endless(...) { return 1 + endless(1, ...) }
for i := 1; i <= 3; i++ {
    print(deep(900), pcall(endless, 1) == false)
}
// expect: 900	true
// expect: 900	true
// expect: 900	true
func flat(n, ...) { if n == 0 { return #... }; return (flat(n - 1, ...)) }
for i := 1; i <= 5; i++ { if flat(20000, 1, 2, 3) != 3 { print("wrong") } }
