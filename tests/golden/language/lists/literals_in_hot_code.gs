// List literals whose values are of one kind, of several, absent, or change their kind.
func make(a, b, c) { return {a, b, c} }
func kinds(t) { return tostring(t[1]) .. " " .. tostring(t[2]) .. " " .. tostring(t[3]) .. " #" .. #t }
for i := 1; i <= 600; i++ {
    t := make(i, i + 1, i + 2)
    if i == 200 { t = make(1.5, 2, 3) }
    if i == 300 { t = make("a", nil, 3) }
    if i == 400 { t = make(2 ** 62, 1, 2) }
    if i == 450 { t = make(1, 2, nil) }
    if i == 500 { t = make(true, false, true) }
    if i == 550 { t = make(-9223372036854775807 - 1, 1, 2) }
    if i % 100 == 0 || i % 100 == 50 { print(kinds(t)) }
    t[#t + 1] = "more"
    if t[#t] != "more" { print("lost") }
}
// expect: 50 51 52 #3
// expect: 100 101 102 #3
// expect: 150 151 152 #3
// expect: 1.5 2 3 #3
// expect: 250 251 252 #3
// expect: a nil 3 #3
// expect: 350 351 352 #3
// expect: 4.611686018427388e+18 1 2 #3
// expect: 1 2 nil #2
// expect: true false true #3
// expect: -9223372036854775808 1 2 #3
// expect: 600 601 602 #3

// Literals with names, with elements by keys, with calls at the end, nested, and kept over collections.
func two() { return 1, 2 }
func three(...) { return ... }
kept := {}
for i := 1; i <= 3000; i++ {
    t := {x: i, i, {i, {i}}, "s" .. i, two()}
    u := {[1]: "one", "first", [3]: "three"}
    v := {three(i, two())}
    w := {i * 0.5, i * 0.25}
    kept[i % 50 + 1] = {t, u, v, w, func() { return t[2][2][1] }}
}
sum := 0
for _, k := range kept {
    t, u, v, w := k[1], k[2], k[3], k[4]
    sum += t.x + t[1] + t[2][1] + k[5]() + #t + #v + v[1] + v[3] + w[1] + w[2]
    if u[1] != "first" || t[3] != "s" .. t.x { print("wrong") }
}
print(sum)  // expect: 855956.25
