// One table with keys of all kinds: inserted, deleted, traversed, by many.
t := {}
wg := sync.waitgroup()
for g := range 6 {
    wg:run(func() {
        for i := range 4000 {
            k := (i * 7919 + g) % 500
            t[k * 1000003] = i
            t[k + 0.5] = i
            t["key" .. k] = i
            if i % 3 == 0 { t[((i * 31) % 500) * 1000003] = nil; t["key" .. ((i * 17) % 500)] = nil }
            v := t["key" .. ((i * 13) % 500)]
            if v != nil && math.type(v) != "integer" { error("bad value") }
            if i % 500 == 0 {
                n := 0
                for k, v := range t { n++; if n > 5000 { break } }
            }
            if i % 700 == 0 { k := next(t); if k != nil { pcall(next, t, k) } }
        }
    })
}
wg:wait()
// With nobody else it is a good table again.
for k, v := range t { t[k] = nil }
if next(t) != nil { error("not empty") }
for i := range 1000 { t["n" .. i] = i }
n := 0
for k, v := range t { if k != "n" .. v { error("wrong") }; n++ }
if n != 1000 { error("lost " .. n) }
print("ok") // expect: ok
