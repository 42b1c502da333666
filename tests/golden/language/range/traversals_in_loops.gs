// Traversals of named keys in hot code: fields, dictionaries, mixed tables, changes on the way, early ends, few variables.
func walk(t) {
    n, names := 0, ""
    for k, v := range t { n += v; names = names .. k }
    return n, names
}
func keys(t) { n := 0; for k := range t { n += #("" .. k) }; return n }
func size(t) { n := 0; for range t { n++ }; return n }
point := {x: 1, y: 2, z: 3}
dict := {}
for i := 1; i <= 100; i++ { dict["k" .. i] = i }
mixed := {10, 20, 30, name: 4, [0.5]: 5, [-3]: 6}
for i := 1; i <= 400; i++ { walk(point); walk(dict); walk(mixed); keys(dict); keys(mixed); size(point); size(dict); size({}) }
print(walk(point))                     // expect: 6	xyz
print(#select(2, walk(dict)), keys(dict), size(dict))  // expect: 292	292	100
print(walk(mixed))                     // expect: 75	123name0.5-3
print(keys(mixed), size(mixed), size({}), size({1, 2}), size(point))  // expect: 12	6	0	2	3
point.y = nil
print(walk(point))                     // expect: 4	xz
point.z = nil
print(walk(point))                     // expect: 1	x
point.w = 7
print(walk(point))                     // expect: 8	xw
for i := 1; i <= 100; i += 3 { dict["k" .. i] = nil }
print(size(dict), keys(dict))          // expect: 66	192
dict["k100"] = 1; dict["k99"] = nil
print(size(dict), (walk(dict)))        // expect: 66	3235
// Removing what is visited, and leaving early.
func drain(t, limit) {
    n := 0
    for k, v := range t {
        t[k] = nil
        n++
        if n == limit { break }
    }
    return n
}
for round := 1; round <= 300; round++ {
    d := {}
    for i := 1; i <= 30; i++ { d["r" .. i] = i }
    a := drain(d, 10); b := size(d); c := drain(d, -1)
    if a != 10 || b != 20 || c != 20 || next(d) != nil { print("wrong", round, a, b, c) }
}
// Traversals inside traversals of the same table.
func pairs_of(t) {
    n := 0
    for a := range t { for b := range t { if a != b { n++ } } }
    return n
}
for i := 1; i <= 200; i++ { pairs_of(point) }
print(pairs_of(dict), pairs_of({a: 1, b: 2, c: 3}))  // expect: 4290	6
// A table that gets a hash part, or named keys, while it is visited in the same code.
func grow(t, key) {
    n := 0
    for k := range t { if n == 0 { t[key] = nil }; n++ }
    return n
}
for i := 1; i <= 300; i++ { grow({a: 1, b: 2}, "b"); grow({1, 2, 3}, 2) }
print(grow({a: 1, b: 2}, "b"), grow({a: 1, b: 2}, "a"), grow(dict, "k2"))  // expect: 1	2	66
