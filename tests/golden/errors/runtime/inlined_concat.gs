// Concatenation in functions that are inlined: metamethods, errors with their places, calls of the same names again.
func key(a, b) {
    return a .. "," .. b
}
func both(a, b) {
    x := key(a, b)
    return x .. key(b, a)
}
for i := 1; i <= 2000; i++ { both(i, "k") }
print(both(1, 2), both("x", -7), both(1.5, 2))   // expect: 1,22,1	x,-7-7,x	1.5,22,1.5
Box := {}
Box.__index = Box
Box.__concat = func(a, b) {
    name := func(v) { return type(v) == "table" && v.name || tostring(v) }
    return setmetatable({name: name(a) .. "+" .. name(b)}, Box)
}
box := setmetatable({name: "box"}, Box)
for i := 1; i <= 300; i++ { both(box, i) }
print(both(box, 1).name)                // expect: box+,1+1+,+box
bad := setmetatable({}, {__concat: func(a, b) { error("no such thing") }})
for i := 1; i <= 300; i++ {
    ok, message := pcall(both, i, i == 300 && bad || i)
    if !ok { print(message) }           // expect: no such thing
}
for i := 1; i <= 3; i++ {
    print(pcall(both, nil, i))
}
// expect: false	inlined_concat.gs:3: attempt to concatenate a nil value (local 'a')
// expect: false	inlined_concat.gs:3: attempt to concatenate a nil value (local 'a')
// expect: false	inlined_concat.gs:3: attempt to concatenate a nil value (local 'a')
func places(f) {
    func run(x) { return xpcall(f, func(m) { return m }, x, "a") }
    return run
}
run := places(both)
for i := 1; i <= 300; i++ { run(i) }
print(run({}))                          // expect: false	inlined_concat.gs:3: attempt to concatenate a table value (local 'a')
// A native function with a callback, called in an inlined function after a concatenation.
func sorted(list, prefix) {
    title := prefix .. #list
    table.sort(list, func(a, b) { return a .. "" > b .. "" })
    return title .. ":" .. table.concat(list, " ")
}
last := ""
for i := 1; i <= 500; i++ { last = sorted({3, 1, 2, i % 10}, "n") }
print(last)                             // expect: n4:3 2 1 0
func trace(x) {
    parts := "x" .. x
    return debug_position(parts)
}
func debug_position(s) {
    _, m := pcall(error, s, 1)
    return m .. string.gsub("abc", "b", func(c) { return c .. s })
}
for i := 1; i <= 500; i++ { last = trace(i) }
print(last)                             // expect: inlined_concat.gs:52: x500abx500c
