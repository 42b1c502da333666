// Functions as `__index` and `__newindex`, called at sites of named keys as if the program had written the call.
func reads(n, t) { s := 0; for i := 0; i < n; i++ { s += t.foo }; return s }
func writes(n, t) { for i := 0; i < n; i++ { t.foo = i } }

five := setmetatable({}, {__index: func(t, k) { return 5 }})
print(reads(1000, five))                       // expect: 5000
// Tables of other shapes at the same site: with the key, with a table as `__index`, without metatable.
print(reads(100, setmetatable({foo: 1}, getmetatable(five))))   // expect: 100
print(reads(100, setmetatable({}, {__index: {foo: 2}})))        // expect: 200
print(pcall(reads, 100, setmetatable({}, {__index: func(t, k) { error(k, 0) }})))   // expect: false	foo
print(reads(10, five))                         // expect: 50

// A key that comes and goes under the handler's hands.
Lazy := {}
Lazy.__index = func(t, k) { rawset(t, k, 7); return 1 }
func lazy(n) {
    s := 0
    for i := 0; i < n; i++ {
        t := setmetatable({}, Lazy)
        s += t.foo + t.foo
        t.foo = nil
        s += t.foo
    }
    return s
}
print(lazy(500))                               // expect: 4500

// The handler is exchanged, and taken away.
func exchanged(n) {
    mt := {__index: func(t, k) { return 1 }}
    t, s := setmetatable({}, mt), 0
    for i := 0; i < n; i++ {
        if i == n - 2 { mt.__index = func(t, k) { return 1000 } }
        if i == n - 1 { mt.__index = nil }
        s += t.foo || 50000
    }
    return s
}
print(exchanged(300))                          // expect: 51298

// A proxy with a count of accesses.
func proxy(of) {
    seen := 0
    return setmetatable({}, {
        __index: func(_, k) { seen++; return of[k] },
        __newindex: func(_, k, v) { seen++; of[k] = v },
        __call: func() { return seen },
    })
}
p := proxy({count: 0})
func count(n, t) { for i := 0; i < n; i++ { t.count = t.count + 1 } }
count(1000, p)
print(p.count, p())                            // expect: 1000	2001
count(3, proxy({count: 1.5}))
q := proxy({count: (1 << 47) - 2})
count(4, q)
print(q.count, rawget(q, "count"))             // expect: 140737488355330	nil

// Stores: the handler sets the key itself, raises, gives results that nobody wants; other shapes.
func sets(t, k, v) { rawset(t, k, v); return 1, 2, 3 }
func store(n) {
    s := 0
    for i := 0; i < n; i++ {
        t := setmetatable({}, {__newindex: sets})
        t.foo = i
        t.foo = i + 1
        s += t.foo
    }
    return s
}
print(store(300))                              // expect: 45150
readonly := setmetatable({}, {__newindex: func(t, k, v) { if v == 90 { error(k .. " is read-only: " .. v, 0) } }})
print(pcall(writes, 100, readonly))            // expect: false	foo is read-only: 90
plain := {}
writes(10, plain)
print(plain.foo)                               // expect: 9

// Methods that a function finds, with all their arguments and results.
Any := setmetatable({}, {__index: func(t, name) { return func(self, ...) { return name, self == t, ... } }})
func methods(n) {
    var a, b, c, d
    for i := 0; i < n; i++ { a, b, c, d = Any:hello(i, "x") }
    return a, b, c, d
}
print(methods(200))                            // expect: hello	true	199	x

// A yield in a handler, and recursion that goes through handlers alone.
gen := setmetatable({}, {__index: func(t, k) { return coroutine.yield(k) }, __newindex: func(t, k, v) { coroutine.yield(v) }})
co := coroutine.wrap(func() { s := 0; for i := 0; i < 100; i++ { s += gen.foo; gen.bar = s }; return s })
var v
for i := 0; i <= 200; i++ { v = co(3) }
print(v)                                       // expect: 300
deep := {}
setmetatable(deep, {__index: func(t, k) { return 1 + t.foo }, __newindex: func(t, k, v) { t.foo = v }})
print((pcall(func() { return deep.foo })))     // expect: false
print((pcall(func() { deep.foo = 1 })))        // expect: false
