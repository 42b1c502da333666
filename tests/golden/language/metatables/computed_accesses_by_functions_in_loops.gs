// Functions as `__index` and `__newindex` of computed keys, called as if the program had written the call.
Squares := setmetatable({}, {__index: func(t, i) { return i * i }})
func sum(t, from, to) { s := 0; for i := from; i <= to; i++ { s += t[i] }; return s }
print(sum(Squares, 1, 1000))                   // expect: 333833500
print(sum(Squares, -3, 3), sum(Squares, 0.5, 2))   // expect: 28	2.5
// At the same site: a plain table, one with elements of several kinds, one that fills itself, one that raises.
print(sum({1, 2, 3}, 1, 3))                    // expect: 6
print(sum(setmetatable({1, 2.5, nil, 4}, getmetatable(Squares)), 1, 5))   // expect: 41.5
calls := 0
fibs := setmetatable({1, 1}, {})
getmetatable(fibs).__index = func(t, n) { calls++; v := t[n - 1] + t[n - 2]; t[n] = v; return v }
func walk(t, n) { var v; for r := 0; r < 20; r++ { for i := 1; i <= n; i++ { v = t[i] } }; return v }
print(walk(fibs, 60), calls)                   // expect: 1548008755920	58
print(pcall(sum, setmetatable({}, {__index: func(t, k) { if k == 90 { error("no " .. k, 0) }; return k }}), 1, 100))   // expect: false	no 90
print(sum(Squares, 1, 10))                     // expect: 385

// Names.
Sizes := setmetatable({}, {__index: func(t, k) { return #k }})
func sizes(t, n) { ks := {"a", "bb", "ccc"}; s := 0; for i := 0; i < n; i++ { s += t[ks[i % 3 + 1]] }; return s }
print(sizes(Sizes, 300))                       // expect: 600
print(sizes(setmetatable({bb: 100}, getmetatable(Sizes)), 300))   // expect: 10400
made := 0
Counts := setmetatable({}, {__index: func(t, k) { made++; v := {n: 0}; rawset(t, k, v); return v }})
for i := 0; i < 2000; i++ { c := Counts["k" .. i % 40]; c.n = c.n + 1 }
print(made, Counts.k7.n)                       // expect: 40	50

// Stores through a proxy, into what has elements of its own, and with nil.
func proxy(of, log) {
    return setmetatable({}, {
        __index: func(_, k) { return of[k] },
        __newindex: func(_, k, v) { log[1]++; of[k] = v },
    })
}
func fill(t, n) { for i := 1; i <= n; i++ { t[i] = (t[i] || 0) + i }; return t[n] }
log, store := {0}, {}
p := proxy(store, log)
print(fill(p, 500), fill(p, 500), log[1], #store, rawlen(p))   // expect: 500	1000	1000	500	0
print(fill(proxy({}, log), 3), fill({1.5}, 2), fill(setmetatable({5, 6}, getmetatable(p)), 2))   // expect: 3	2	8
p[1] = nil
print(store[1], store[2])                      // expect: nil	4
func names(t, n) { for i := 1; i <= n; i++ { t["x" .. i % 10] = i }; return t.x3 }
print(names(proxy({}, log), 100), names(p, 200), rawget(p, "x3"))   // expect: 93	193	nil

// The handler is exchanged, yields, and recurses.
func exchanged(n) {
    mt := {__index: func(t, k) { return 1 }, __newindex: func(t, k, v) {}}
    t, s := setmetatable({}, mt), 0
    for i := 1; i <= n; i++ {
        if i == n - 2 { mt.__index = func(t, k) { return 1000 } }
        if i == n - 1 { mt.__newindex = nil }
        if i == n { mt.__index = {[n]: 7} }
        t[i] = 5
        s += t[i + 1] || t[i]
    }
    return s
}
print(exchanged(300))                          // expect: 2302
co := coroutine.wrap(func() {
    t := setmetatable({}, {__index: func(t, k) { return coroutine.yield(k) }, __newindex: func(t, k, v) { coroutine.yield(v) }})
    s := 0
    for i := 1; i <= 100; i++ { s += t[i]; t[i] = s }
    return s
})
var v
for i := 0; i <= 200; i++ { v = co(3) }
print(v)                                       // expect: 300
print((pcall(sum, setmetatable({}, {__index: func(t, k) { return t[k + 1] }}), 1, 3)))   // expect: false
