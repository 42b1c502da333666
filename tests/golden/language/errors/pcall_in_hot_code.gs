// `pcall` of script functions from hot code: results of any number, errors of any kind, from any depth.
func some(n) {
    if n == 0 { return }
    if n == 1 { return 1 }
    if n == 2 { return 1, 2 }
    if n == 3 { return 1, 2, 3 }
    if n == 4 { return 1, 2, 3, 4, 5 }
    if n == 5 { error("text", 0) }
    if n == 6 { error({n: n}) }
    if n == 7 { error() }
    t := nil
    return t.x
}
func show(...) {
    out := {}
    for i := 1; i <= #...; i++ {
        v := ...[i]
        if type(v) == "table" { v = "table " .. v.n }
        out[i] = tostring(v)
    }
    return table.concat(out, " ")
}
lines := {}
for round := 1; round <= 60; round++ {
    for n := 0; n <= 8; n++ {
        only := pcall(some, n)
        a, b := pcall(some, n)
        c, d, e, f := pcall(some, n)
        line := show(only, a, b, c, d, e, f, pcall(some, n))
        if round > 1 && lines[n] != line { print("differs", n, lines[n], line) }
        lines[n] = line
    }
}
for n := 0; n <= 8; n++ { print(lines[n]) }
// expect: true true nil true nil nil nil true
// expect: true true 1 true 1 nil nil true 1
// expect: true true 1 true 1 2 nil true 1 2
// expect: true true 1 true 1 2 3 true 1 2 3
// expect: true true 1 true 1 2 3 true 1 2 3 4 5
// expect: false false text false text nil nil false text
// expect: false false table 6 false table 6 nil nil false table 6
// expect: false false nil false nil nil nil false nil
// expect: false false pcall_in_hot_code.gs:12: attempt to index a nil value (local 't') false pcall_in_hot_code.gs:12: attempt to index a nil value (local 't') nil nil false pcall_in_hot_code.gs:12: attempt to index a nil value (local 't')

// Errors that cross inlined frames, deferred calls and other handlers; the state is as before afterwards.
log := {}
func note(x) { log[#log + 1] = x }
func thrower(n) { defer note("d" .. n); if n == 0 { error("deep", 0) }; thrower(n - 1) }
func inner(n) {
    ok, e := pcall(thrower, n)
    if n % 3 == 0 { error(e .. "er", 0) }
    return e
}
func outer(n) {
    ok, e := pcall(inner, n)
    return ok, e
}
counts := {}
for i := 1; i <= 90; i++ {
    log = {}
    ok, e := outer(i % 5)
    key := tostring(ok) .. e .. table.concat(log)
    counts[key] = (counts[key] || 0) + 1
}
keys := {}
for k := range counts { keys[#keys + 1] = k }
table.sort(keys)
for _, k := range keys { print(k, counts[k]) }
// expect: falsedeeperd0	18
// expect: falsedeeperd0d1d2d3	18
// expect: truedeepd0d1	18
// expect: truedeepd0d1d2	18
// expect: truedeepd0d1d2d3d4	18

// A handler of xpcall is not asked about errors that a pcall below it catches, but about others.
asked := 0
func handler(e) { asked++; return "handled " .. e }
func mixed(i) {
    ok, e := pcall(some, 5)
    ok2, e2 := xpcall(some, handler, 5)
    ok, e = pcall(some, 5)
    if i % 2 == 0 { error(e2, 0) }
    return e2
}
good, bad := 0, 0
for i := 1; i <= 80; i++ {
    ok, e := xpcall(mixed, handler, i)
    if e == "handled text" { good++ } elseif e == "handled handled text" { bad++ }
}
print(good, bad, asked)  // expect: 40	40	120

// Endless recursion through pcall, and below it.
func endless(n) { ok, e := pcall(endless, n + 1); if ok { return e }; return n }
func endless2(n) { return 1 + endless2(n + 1) }
depths := {}
for i := 1; i <= 30; i++ {
    depths[endless(0) > 100] = true
    ok, e := pcall(endless2, 0)
    if ok || string.sub(e, -14) != "stack overflow" { print("no overflow", e) }
}
print(depths[true], depths[false])  // expect: true	nil

// Yields out of a pcall, and errors after them.
func body(n) {
    for i := 1; i <= n; i++ {
        ok, e := pcall(func(x) {
            y := coroutine.yield(x)
            if y % 3 == 0 { error(y, 0) }
            return y + 1
        }, i)
        coroutine.yield(ok, e)
    }
    return "end"
}
co := coroutine.wrap(body)
v, yes, no := co(50), 0, 0
for v != "end" {
    ok, e := co(v * 2)
    if ok { yes += e } else { no += e }
    v = co()
}
print(yes, no)  // expect: 1768	816

// An error that nobody catches has the traceback of its own place only.
func last(n) {
    pcall(thrower, 2)
    return n.field.field
}
print(pcall(last, {}))  // expect: false	pcall_in_hot_code.gs:127: attempt to index a nil value (field 'field')
