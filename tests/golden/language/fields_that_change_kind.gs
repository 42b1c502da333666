// A field that held numbers of one kind gets others while code runs that reads it without a test: in the running frame, in
// its caller, by every way of storing.
func sum(p, n, change) {
    s := 0
    for i := 1; i <= n; i++ {
        s = s + p.x
        if i == change.at { change.how(p) }
    }
    return s
}
func quiet(p) {}
func hot(make) { for i := 1; i <= 300; i++ { sum(make(), 20, {at: 0, how: quiet}) } }
func floats() { return {x: 1.5, y: 0} }
func ints() { return {x: 3, y: 0} }
hot(floats)
print(sum(floats(), 10, {at: 5, how: func(p) { p.x = 2 }})) // expect: 17.5
hot(ints)
print(sum(ints(), 10, {at: 5, how: func(p) { p.x = 0.5 }})) // expect: 17.5

// Every kind of store, each to a key of its own.
func total(p, n, how) {
    s := 0
    for i := 1; i <= n; i++ {
        if i == n { how(p) }
        s = s + p.v
    }
    return s
}
func cell(v) { return {v: v} }
const ways = {
    func(p) { p.v = "4" },
    func(p) { rawset(p, "v", "4") },
    func(p) { k := "v"; p[k] = "4" },
    func(p) { k := string.sub("uvw", 2, 2); p[k] = "4" },
    func(p) { p.v = 1 << 60 },
    func(p) { p.v = nil; setmetatable(p, {__index: func(t, k) { return 7 }}) },
    func(p) { setmetatable(p, {__index: {v: 8}}); p.v = nil },
    func(p) { for i := 1; i <= 600; i++ { p["k" .. i] = i }; p.v = "4" },
    func(p) { setmetatable({}, {__index: p}); p.v = "4" },
}
for w := 1; w <= #ways; w++ {
    r := {}
    // A key of its own for each way: the code is the same, the slot another one.
    for k := 1; k <= 3; k++ {
        p := {}
        for j := 1; j < w; j++ { p["pad" .. j] = j }
        p.v = 0.25
        for i := 1; i <= 60; i++ { total(p, 20, quiet) }
        r[k] = total(p, 4, ways[w])
    }
    print(w, r[1], r[2], r[3])
}
// expect: 1	4.75	4.75	4.75
// expect: 2	4.75	4.75	4.75
// expect: 3	4.75	4.75	4.75
// expect: 4	4.75	4.75	4.75
// expect: 5	1.152921504606847e+18	1.152921504606847e+18	1.152921504606847e+18
// expect: 6	7.75	7.75	7.75
// expect: 7	8.75	8.75	8.75
// expect: 8	4.75	4.75	4.75
// expect: 9	4.75	4.75	4.75

// One site, the key in the same slot of tables of different sizes, of which only one changes.
func mixed(list, n) { s := 0; for i := 1; i <= n; i++ { p := list[i % 3 + 1]; s = s + p.m; p.m = p.m + 0.5 }; return s }
func three() { return {{m: 0.5}, {m: 1.5, n: 1, o: 1, p: 1}, {m: 2.5, n: 1, o: 1, p: 1, q: 1, r: 1, s: 1}} }
for i := 1; i <= 100; i++ { mixed(three(), 30) }
print(mixed(three(), 3)) // expect: 4.5
for k := 1; k <= 3; k++ {
    list := three()
    list[k].m = "4"
    print(mixed(list, 3), mixed(three(), 3))
    list[k].m = 1 << 50
    print(mixed(list, 3) > 1 << 50, mixed(three(), 3))
}
// expect: 8.0	4.5
// expect: true	4.5
// expect: 7.0	4.5
// expect: true	4.5
// expect: 6.0	4.5
// expect: true	4.5

// A number that is called, and one that is a callee later.
func call(p) { return p:m() + p.m() }
for i := 1; i <= 60; i++ { pcall(call, {m: 0.5}); pcall(call, {m: 2, n: 1, o: 1}) }
print(pcall(call, {m: 0.5})) // expect: false	fields_that_change_kind.gs:83: attempt to call a number value (method 'm')
print(call({m: func(self) { return 1.5 }})) // expect: 3.0
