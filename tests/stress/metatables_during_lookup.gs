// Metatables are set and changed while others look things up through them.
A := {__index: func(t, k) { return 1 }, __add: func(a, b) { return 10 }, __len: func(t) { return 3 }}
B := {__index: {v: 2, w: 2}, __add: func(a, b) { return 20 }}
C := {v: 3}
C.__index = C
C.__add = func(a, b) { return 30 }
o := {own: 0}
objs := {}
for i := 1; i <= 50; i++ { objs[i] = setmetatable({i: i}, C) }
wg := sync.waitgroup()
for g := range 4 {
    wg:run(func() {
        for i := range 15000 {
            v := o.v
            if v != nil && v != 1 && v != 2 && v != 3 { error("bad v " .. tostring(v)) }
            ok, s := pcall(func() { return o + 1 })
            if ok && s != 10 && s != 20 && s != 30 { error("bad sum") }
            x := objs[i % 50 + 1]
            w := x.v
            if w != nil && w != 1 && w != 2 && w != 3 { error("bad w") }
            if x.i != i % 50 + 1 { error("bad own") }
        }
    })
}
wg:run(func() {
    for i := range 3000 {
        setmetatable(o, A); setmetatable(o, B); setmetatable(o, C); setmetatable(o, nil)
        k := i % 50 + 1
        setmetatable(objs[k], i % 3 == 0 && A || i % 3 == 1 && B || C)
        if i % 100 == 0 { setmetatable(o, {__index: {v: 2}}) }
    }
})
wg:wait()
print("ok") // expect: ok
