// A traversal goes on behind a key that was removed, whatever other traversals of the same table did meanwhile.
func make(kind, n) {
    t := {}
    for i := 1; i <= n; i++ {
        if kind == 0 { t["k" .. i] = i } elseif kind == 1 { t[i + 0.5] = i } else { t["k" .. i] = i; t[i] = i; t[-i] = i }
    }
    return t
}
changes := {
    func(t, k, n) { for a, b := range t { b = b }; t[k] = nil; t["new" .. n] = 1 },
    func(t, k, n) { for a, b := range t { b = b }; t[k] = nil; for i := 1; i < 8; i++ { t["new" .. n .. "_" .. i] = 1 } },
    func(t, k, n) { t[k] = nil; for i := 1; i < 8; i++ { t[n * 1000 + i * 7 + 0.25] = 1 } },
    func(t, k, n) { for a := range t { break }; t[k] = nil; t["w" .. n % 5] = n },
    func(t, k, n) { a := next(t); for a != nil { a = next(t, a) }; t[k] = nil; t["new" .. n] = 1; t["new" .. n] = nil },
    func(t, k, n) { for a, b := range t { if a == k { t[a] = nil } }; t[n + 1000000] = 1 },
    func(t, k, n) {
        inner := coroutine.wrap(func() { for a, b := range t { coroutine.yield(a) } })
        inner()
        t[k] = nil
        t["c" .. n] = n
        inner()
    },
}
func ranged(t, change, seen) {
    n := 0
    for k := range t { n++; seen[k] = (seen[k] || 0) + 1; change(t, k, n); if n == 60 { break } }
    return n
}
func stepped(t, change, seen) {
    n, k := 0, next(t)
    for k != nil && n < 60 { n++; seen[k] = (seen[k] || 0) + 1; change(t, k, n); k = next(t, k) }
    return n
}
ways := {ranged, stepped}
count := 0
for kind := 0; kind < 3; kind++ {
    for a, change := range changes {
        for w, way := range ways {
            for n := 3; n < 20; n += 12 {
                t, seen := make(kind, n), {}
                if way(t, change, seen) < 60 {
                    for k := range make(kind, n) { if seen[k] != 1 { print("kind", kind, "change", a, "way", w, "size", n, "key", k) } }
                }
                count++
            }
        }
    }
}
print(count) // expect: 84
