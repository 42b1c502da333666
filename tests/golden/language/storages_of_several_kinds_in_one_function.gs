// Functions that take arrays of one kind after arrays of another, with several accesses to the same array in each.

func sorted(a, less) {
    n, swapped := #a, true
    for swapped {
        swapped = false
        for i := 2; i <= n; i++ {
            if less(a[i], a[i - 1]) {
                a[i], a[i - 1] = a[i - 1], a[i]
                swapped = true
            }
        }
        n--
    }
    return a
}

func rotate(a, by) {
    for range by {
        first := a[1]
        for i := 1; i < #a; i++ { a[i] = a[i + 1] }
        a[#a] = first
    }
    return a
}

func lt(a, b) { return a < b }
seed := 7
func random(n) {
    seed = seed * 16807 % 2147483647
    return seed % n
}

func fill(n, f) {
    t := {}
    for i := 1; i <= n; i++ { t[i] = f(random(1000)) }
    return t
}

for round := range 3 {
    ints := sorted(rotate(fill(60, func(r) { return r }), 5), lt)
    floats := sorted(rotate(fill(60, func(r) { return r / 8 }), 5), lt)
    texts := sorted(rotate(fill(60, func(r) { return "s" .. r }), 5), lt)
    objects := sorted(rotate(fill(60, func(r) { return {key: r} }), 5), func(a, b) { return a.key > b.key })
    both := sorted(rotate(fill(60, func(r) { if r % 2 == 0 { return r }; return r / 4 }), 5), lt)
    flags := sorted(rotate(fill(60, func(r) { return r % 2 == 0 }), 5), func(a, b) { return a && !b })
    trues := 0
    for _, f := range flags { if f { trues++ } }
    print(ints[1], ints[60], floats[1], floats[60], texts[1], texts[60], objects[1].key, objects[60].key, both[1], both[60], trues)
}
// expect: 8	961	0.5	114.875	s101	s973	996	24	15.75	908	37
// expect: 1	992	0.625	124.0	s101	s970	993	24	1.25	982	25
// expect: 2	999	0.75	122.375	s107	s965	994	59	0.75	922	40

// What was of one kind becomes of another while it is used.
func shift(a, v) {
    a[2] = a[1]
    a[3] = a[2]
    a[1] = v
    return a[1], a[2], a[3]
}
a := {1, 2, 3}
for i := range 300 {
    if i % 3 == 0 { shift(a, i) } elseif i % 3 == 1 { shift(a, i + 0.5) } else { shift(a, "s" .. i) }
    if i % 50 == 0 { a = {0, 0, 0} }
}
print(shift(a, true)) // expect: true	s299	s299
