// Steps in the hash part: all kinds of keys, removed ones between, integers that become elements meanwhile.
func sum(t) { s := 0; for k, v := range t { s += v }; return s }
func count(t) { n := 0; for k := range t { n++ }; return n }
func text(t) { s := ""; for k, v := range t { s = s .. tostring(k) .. "=" .. v .. ";" }; return s }
func make(kind, n) {
    t := {}
    for i := 1; i <= n; i++ {
        way := kind % 4; if kind > 3 { way = (kind + i) % 4 }
        switch way {
        case 0: t["k" .. i] = i
        case 1: t[i * 100 + 7] = i
        case 2: t[i + 0.5] = i
        case 3: t[-i] = i
        }
    }
    return t
}
all := 0
for r := 1; r <= 40; r++ {
    for kind := 0; kind < 8; kind++ {
        t := make(kind, 60)
        all += sum(t) + count(t)
        for i := 1; i <= 60; i += 1 + r % 3 { t["k" .. i] = nil; t[i * 100 + 7] = nil; t[i + 0.5] = nil; t[-i] = nil }
        all += sum(t) * 3 + count(t)
    }
}
print(all)  // expect: 1311680
print(text({a: 1, [true]: 2, [2.5]: 3, [-1]: 4, 5, 6, [9]: 7}))  // expect: 1=5;2=6;a=1;true=2;2.5=3;-1=4;9=7;
func local_table(n) {
    t := {}
    for i := 1; i <= n; i++ { t["x" .. i] = i }
    for i := 1; i <= n; i += 2 { t["x" .. i] = nil }
    s := 0
    for k, v := range t { s += v }
    return s
}
s := 0
for r := 1; r <= 60; r++ { s += local_table(20 + r) }
print(s)  // expect: 43510
// The integers that go to the array part while the entries are visited are visited once.
func filling(n) {
    t := {k: 0}
    for i := n; i >= 2; i-- { t[i] = i }
    seen, s := 0, 0
    for k, v := range t {
        seen++
        s += v
        if seen == 3 { t[1] = 1000 }
    }
    return s
}
s = 0
for r := 1; r <= 60; r++ { s += filling(5 + r) }
print(s)  // expect: 47810
// A table with a metatable, one with slots, and a list at the site of the others.
func mixed(r) {
    if r % 50 == 0 { return setmetatable({1, 2, x: 3}, {__pairs: func(t) { return next, {100}, nil }}) }
    if r % 31 == 0 { return {a: 1, b: 2, 3} }
    if r % 7 == 0 { return {1, 2, 3} }
    return make(r % 8, 9)
}
s = 0
for r := 1; r <= 300; r++ { for k, v := range mixed(r) { s += v } }
print(s)  // expect: 11880
