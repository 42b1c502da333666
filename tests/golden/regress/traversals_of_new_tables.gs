// Loops over tables that the code around them makes, and that are therefore of a kind that only the interpreter has seen:
// lists of each kind of elements, then tables of other kinds at the same place.

func sum(make, rounds) {
    s := 0
    n := 0
    for r := 1; r <= rounds; r++ {
        t := make(r)
        for i, v := range t {
            n = n + 1
            if type(v) == "number" { s = s + v }
            if type(i) == "number" { s = s + i }
        }
    }
    return s, n
}
func make_all(r) { return {r, "a", nil, 4, {}} }
func ints(r) { return {r, 2, 3} }
func floats(r) { return {r + 0.5, 2.5} }
func bools(r) { return {r % 2 == 0, true, false} }
func none(r) { return {} }
func zero(r) { t := {1, 2}; t[0] = 10; return t }
func named(r) { return {7, 8, x: 1, y: r} }
func far(r) { t := {1, 2}; t[1000] = 5; return t }

print(sum(ints, 300))        // expect: 48450	900
print(sum(ints, 300))        // expect: 48450	900
print(sum(floats, 50))       // expect: 1575.0	100
print(sum(bools, 50))        // expect: 300	150
print(sum(none, 50))         // expect: 0	0
print(sum(zero, 50))         // expect: 800	150
print(sum(named, 50))        // expect: 2225	200
print(sum(far, 50))          // expect: 50550	150
print(sum(make_all, 50))     // expect: 2075	200
print(sum(func(r) { return 3 }, 50)) // expect: 150	150
print(sum(func(r) { return setmetatable({1}, {__pairs: func(t) { return next, {5, 6}, nil }}) }, 50)) // expect: 700	100
print(pcall(sum, func(r) { return nil }, 1)) // expect: false	traversals_of_new_tables.gs:9: attempt to range over a nil value (local 't')

// The loop changes what it walks over.
func grow(rounds) {
    n := 0
    for r := 1; r <= rounds; r++ {
        t := {}
        for i := 1; i <= 5; i++ { t[i] = i }
        for i, v := range t {
            n = n + v
            if i == 2 { t[4] = nil }
            if i == 3 { t[5] = "x" ; t[5] = 0.5 }
        }
    }
    return n
}
print(grow(10), grow(300))   // expect: 65.0	1950.0

// Nested, with the inner list an element of the outer one.
func nest(rounds) {
    n := 0
    for r := 1; r <= rounds; r++ {
        rows := {}
        for i := 1; i <= 4; i++ { rows[i] = {i, i + r % 2, r} }
        for _, row := range rows {
            for _, v := range row { n = n + v }
        }
    }
    return n
}
print(nest(10), nest(300))   // expect: 440	187200
