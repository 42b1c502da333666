// Traversals of named entries by hot code, in order, while entries change, go and come.
func collect(t, change) {
    out := {}
    for k, v := range t {
        out[#out + 1] = k .. v
        if change { change(t, k, v) }
    }
    return table.concat(out, " ")
}
func dictionary(n) {
    t := {}
    for i := 1; i <= n; i++ { t["k" .. i] = i }
    return t
}
large, small := dictionary(200), {a: 1, b: 2, c: 3}
sums := 0
for round := 1; round <= 100; round++ {
    for k, v := range large { sums += v + #k }
    for k, v := range small { sums += v + #k }
}
print(sums, collect(small))  // expect: 2080100	a1 b2 c3
for round := 1; round <= 30; round++ {
    t := dictionary(100)
    a := collect(t, func(t, k, v) { t[k] = nil })
    u := dictionary(100)
    b := collect(u, func(t, k, v) { t[k] = v + 1 })
    w := dictionary(100)
    c := collect(w, func(t, k, v) { if v % 2 == 1 { t["k" .. v + 1] = nil } })
    x := {a: 1, b: 2, c: 3}
    d := collect(x, func(t, k, v) { if k == "a" { t.b = nil } })
    if round == 30 { print(#a, #b, #c, d, next(t), u.k1) }
}
// expect: 583	583	289	a1 c3	nil	2

// Integer keys in the hash part, floats and others behind the strings.
m := {}
for i := 1; i <= 40; i++ { m[i * 1000] = 1; m["s" .. i] = 2; m[i + 0.5] = 3; m[-i] = 4 }
kinds := {}
for round := 1; round <= 100; round++ {
    for k, v := range m {
        kind := type(k) .. v
        kinds[kind] = (kinds[kind] || 0) + 1
    }
    for k, v := range pairs(m) { if v == 2 && type(k) != "string" { print("wrong") } }
}
print(kinds.number1, kinds.string2, kinds.number3, kinds.number4)  // expect: 4000	4000	4000	4000

// Integers that move to the array part while they are traversed are seen once.
for round := 1; round <= 50; round++ {
    t := {}
    for i := 30; i >= 2; i-- { t[i] = i }
    n := 0
    for k, v := range t {
        n += v
        if t[1] == nil { t[1] = 0 }
    }
    if round == 50 { print(n) }  // expect: 464
}
