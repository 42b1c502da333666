// Comparators that have code are called directly by native functions: with fewer and more parameters than arguments, with
// errors, yields, exits, deep recursion and collections.

func shuffled(n) {
    t := {}
    x := 17
    for i := 1; i <= n; i++ {
        x = (x * 1103515245 + 12345) % 2147483648
        t[i] = x % 1000
    }
    return t
}
func check(less) {
    t := shuffled(300)
    table.sort(t, less)
    for i := 2; i <= #t; i++ {
        if less(t[i], t[i - 1]) { return "not sorted" }
    }
    return t[1], t[300]
}

down := func(a, b) { return a > b }
for i := 1; i <= 3; i++ { check(down) }
print(check(down))                                              // expect: 998	0
print(check(func(a, b, c) { return c == nil && a < b }))        // expect: 0	998
print(check(func(...) { a, b := ...; return a < b }))           // expect: 0	998
print(check(func(a) { return false }))                          // expect: 326	765
print(check(func(a, b) { if a < b { return 1, 2, 3 } }))        // expect: 0	998

// Errors, early and late.
calls := 0
func fails(a, b) {
    calls = calls + 1
    if calls == 1500 { error("enough") }
    return a < b
}
print(pcall(table.sort, shuffled(300), fails))                  // expect: false	enough
print(pcall(table.sort, {1, 2, 3, {}}, down))                   // expect: false	comparators_with_code.gs:22: attempt to compare number with table

// Another kind of operands: the code is left.
words := {"pear", "fig", "apple", "date"}
table.sort(words, down)
print(table.concat(words, " "))                                 // expect: pear fig date apple

// A comparator that waits.
co := coroutine.wrap(func() {
    t := shuffled(20)
    table.sort(t, func(a, b) { coroutine.yield(1); return a < b })
    return "sorted " .. t[1]
})
steps := 0
r := co()
for r == 1 { steps = steps + 1; r = co() }
print(r, steps > 40)                                            // expect: sorted 28	true

// Comparators that sort, and make garbage.
func nested(a, b) {
    u := {b, a, {a, b}[1]}
    table.sort(u, down)
    return u[3] == a && a != b
}
print(check(nested))                                            // expect: 0	998

// Without end.
func deep(a, b) { table.sort({1, 2, 3}, deep); return a < b }
ok, message := pcall(table.sort, {1, 2, 3}, deep)
print(ok, string.find(message, "stack overflow") != nil)        // expect: false	true
