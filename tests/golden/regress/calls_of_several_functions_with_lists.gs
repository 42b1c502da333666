// Sites that call several functions with lists of arguments: each is known, and inlined where the list is. And names that are
// constants where a function is inlined.

Emitter := {}
Emitter.__index = Emitter
func Emitter.new() { return setmetatable({handlers: {}}, Emitter) }
func Emitter:on(name, f) {
    h := self.handlers[name]
    if !h { h = {}; self.handlers[name] = h }
    h[#h + 1] = f
}
func Emitter:emit(name, ...) {
    h := self.handlers[name]
    if h { for i := 1; i <= #h; i++ { h[i](...) } }
}
e := Emitter.new()
a, b, c, d := 0, 0, 0, 0
e:on("tick", func(n) { a += n })
e:on("tick", func(n, m) { b += n * (m || 1) })
e:on("tock", func(n) { c += 1 })
e:on("tock", func(...) { d += select("#", ...) })
func run(n) {
    for i := 1; i <= n; i++ {
        e:emit("tick", i % 7, i % 5)
        if i % 3 == 0 { e:emit("tock", i) }
        if i % 50 == 0 { e:emit("other", {i}) }
        if i % 64 == 0 { e:emit("tick", i) }
    }
    return a, b, c, d
}
print(run(100))      // expect: 361	644	33	33
print(run(1000))     // expect: 11044	14323	366	366
e:on("tock", func(n, ...) { if n == 30 { error("thirty " .. select("#", ...)) } })
print(pcall(run, 40)) // expect: false	thirty 0
e:on("other", func(t) { t[1] = t[1] + 1; a += t[1] })
e.handlers.tock = nil
print(run(1000))     // expect: 32334	28162	376	376

// A named table whose keys come and go, with a metatable in the end.
func get(t, name) { return t[name] }
func all(t) {
    s := 0
    for i := 1; i <= 400; i++ { s = s + (get(t, "x") || 1) + (get(t, "y") || 10) }
    return s
}
p := {x: 1, y: 2}
print(all(p), all({x: 3, y: 4}), all({y: 4, x: 3}), all({z: 1})) // expect: 1200	2800	2800	4400
p.x = nil
print(all(p), all({x: 0.5, y: 0.25}))                            // expect: 1200	300.0
print(all(setmetatable({x: 1, y: 2}, {__index: func(t, k) { return 100 }}))) // expect: 1200
q := setmetatable({x: 1, y: 2}, {__index: func(t, k) { return 100 }})
all(q)
q.y = nil
print(all(q))                                                    // expect: 40400

// More functions than a site remembers, and natives among them.
func call(f, ...) { return f(...) }
fs := {func(x) { return x }, func(x) { return x + 1 }, func(x) { return -x }, math.abs, func(x, y) { return y }, math.floor}
func each(n) {
    s := 0
    for i := 1; i <= n; i++ { s = s + call(fs[i % 3 + 1], i, 2) }
    for i := 1; i <= n; i++ { s = s + call(fs[i % 6 + 1], i, 2) }
    return s
}
print(each(300), each(300))                                      // expect: 38000	38000
