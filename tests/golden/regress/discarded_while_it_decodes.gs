// What library functions hold while others run goes with the coroutine that is never resumed.
many := {}
for i := 1; i <= 200; i++ { many[i] = {i, tostring(i)} }
func garbage() {
    co := nil
    // The iterator yields in the middle of the encoding; the object refers to the coroutine, which is found dead all the same.
    t := setmetatable({}, {__pairs: func(t) {
        return func(t, k) {
            n := (k || 0) + 1
            if n == 50 { coroutine.yield("in the middle") }
            if n < 100 { return n, {co, ("x"):rep(1000) .. n} }
        }, t, nil
    }})
    co = coroutine.create(func() { return json.encode({many, t}) })
    return coroutine.resume(co)
}
print(garbage()) // expect: true	in the middle
collectgarbage()
before := collectgarbage("count")
for i := range 200 { garbage() }
collectgarbage()
print(collectgarbage("count") - before < 2000) // expect: true
// What goes on gives the whole text.
t := setmetatable({}, {__pairs: func(t) {
    return func(t, k) {
        n := (k || 0) + 1
        collectgarbage()
        if n % 3 == 0 { coroutine.yield(n) }
        if n <= 6 { return n, {v: "v" .. n} }
    }, t, nil
}})
co := coroutine.wrap(func() { return json.encode({[1]: "first", [2]: t}) })
print(co(), co(), co()) // expect: 3	6	["first",[{"v":"v1"},{"v":"v2"},{"v":"v3"},{"v":"v4"},{"v":"v5"},{"v":"v6"}]]
