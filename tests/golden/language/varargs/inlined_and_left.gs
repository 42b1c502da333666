// Functions with extra arguments inside hot code, which is left in the middle of them.
func pick(i, ...) {
    before := #...
    v := ...[i]
    x := v + 1
    return before * 100 + x, #..., ...
}
func both(a, ...) {
    n, m, first, second := pick(a, ...)
    return n, m, first, second, ...
}
func sum(...) {
    s := 0
    for i := 1; i <= #...; i++ { s += ...[i] }
    return s
}
total := 0
for i := 1; i <= 3000; i++ {
    third := i
    if i % 1000 == 999 { third = i + 0.5 }
    if i == 2500 { third = 2 ** 40 * 2 ** 20 }
    a, b, c, d, e := both(i % 3 + 1, i, i + 1, third)
    total += a + b + c + d + e + sum(a, b) + sum() + sum(third)
}
print(total)  // expect: 1.1529215046356818e+18

// Missing parameters, no extra arguments, more than are kept one by one.
func missing(a, b, c, ...) { return #..., a, b, c, ... }
func count(...) { return select("#", ...), #... }
seen := {}
for i := 1; i <= 500; i++ {
    n1, a1 := missing()
    n2, a2, b2 := missing(i)
    n3, a3, b3, c3, x3 := missing(i, i, i, i)
    n4 := count(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20)
    n5, m5 := count(nil, nil)
    seen[i] = tostring(n1) .. tostring(a1) .. n2 .. a2 .. tostring(b2) .. n3 .. x3 .. n4 .. n5 .. m5
}
print(seen[1], seen[500])  // expect: 0nil01nil112022	0nil0500nil15002022

// An error inside, its traceback, and one that passes through.
func fails(...) {
    a, b := ...
    return a.field + b
}
func passes(f, ...) { return f(...) }
caught := 0
for i := 1; i <= 300; i++ {
    t := nil
    if i % 100 != 0 { t = {field: i} }
    ok, v := pcall(passes, fails, t, i)
    if ok { caught += v } else { print(string.sub(v, -31)) }
}
print(caught)
// expect: o index a nil value (local 'a')
// expect: o index a nil value (local 'a')
// expect: o index a nil value (local 'a')
// expect: 89100
ok, e := xpcall(passes, func(e) { return "handled " .. string.sub(e, -31) }, fails, nil, 1)
print(ok, e)  // expect: false	handled o index a nil value (local 'a')
