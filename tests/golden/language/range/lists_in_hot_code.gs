// Traversals of lists by hot code: of one kind of elements, of another all of a sudden, with more than elements, changing.
func sum(t) {
    s, n := 0, 0
    for k, v := range t { s += k * 10 + v; n++ }
    return s, n
}
func joined(t) {
    out := {}
    for k, v := range t { out[#out + 1] = tostring(k) .. "=" .. tostring(v) }
    table.sort(out)
    return table.concat(out, " ")
}
func prefix(t) {
    s := 0
    for i, v := range ipairs(t) { s += i * v }
    return s
}
ints, floats := {}, {}
for i := 1; i <= 20; i++ { ints[i] = i; floats[i] = i * 0.5 }
a, b, c := 0, 0, 0
for i := 1; i <= 400; i++ {
    s, n := sum(ints)
    a += s + n + prefix(ints)
    if i % 50 == 0 {
        s, n = sum(floats)
        b += s + n + prefix(floats)
        s, n = sum({})
        c += s + n
        mixed := {1, 2, x: 3, [10]: 4}
        if i == 50 { mixed = {[0]: 5, 6, 7} }
        s = 0
        for _, v := range mixed { s += v }
        c += s
    }
}
print(a, b, c)  // expect: 2080000	29280.0	88
lines := ""
for i := 1; i <= 300; i++ {
    t := {i, i + 1, i + 2}
    if i % 100 == 0 { t[2] = nil; t.name = "n"; t[0] = "zero" }
    if i % 100 == 1 { t[5] = "five"; t[3] = nil }
    if i % 100 == 2 { t = {true, false, true} }
    if i % 100 == 3 { t = {"a", 1, 2.5} }
    line := joined(t)
    if i % 100 <= 3 && i > 99 { lines = lines .. line .. "; " }
}
print(lines)  // expect: 0=zero 1=100 3=102 name=n; 1=101 2=102 5=five; 1=true 2=false 3=true; 1=a 2=1 3=2.5; 0=zero 1=200 3=202 name=n; 1=201 2=202 5=five; 1=true 2=false 3=true; 1=a 2=1 3=2.5; 0=zero 1=300 3=302 name=n; 

// Elements that are stored, removed and replaced by others of another kind meanwhile.
func change(t, how) {
    seen := 0
    for k, v := range t {
        seen += 1
        if how == 1 { t[k] = v + 1 }
        if how == 2 && k == 3 { t[k + 1] = nil }
        if how == 3 && k == 2 { t[k] = "text" }
        if how == 4 { t[k] = nil }
        if how == 5 && type(k) == "number" && k == 3 { t[3] = v * 0.5 }
    }
    return seen
}
func fresh() { return {1, 2, 3, 4, 5, 6} }
counts := {}
for i := 1; i <= 200; i++ {
    for how := 0; how <= 5; how++ {
        t := fresh()
        n := change(t, how)
        counts[how] = tostring(n) .. "/" .. #t .. "/" .. tostring(t[2]) .. "/" .. tostring(t[3])
    }
}
for how := 0; how <= 5; how++ { print(how, counts[how]) }
// expect: 0	6/6/2/3
// expect: 1	6/6/3/4
// expect: 2	5/6/2/3
// expect: 3	6/6/text/3
// expect: 4	6/0/nil/nil
// expect: 5	6/6/2/1.5

// ipairs goes on where a metatable gives more.
more := setmetatable({1, 2, 3}, {__index: func(t, i) { if i <= 6 { return i * 100 } }})
total := 0
for i := 1; i <= 200; i++ {
    total += prefix({i, 1})
    if i % 20 == 0 { total += prefix(more) }
}
print(total)  // expect: 97640
