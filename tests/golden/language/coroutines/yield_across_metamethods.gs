mt := {
    __add: func(a, b) { return coroutine.yield("add") },
    __index: func(t, k) { return coroutine.yield("index " .. k) },
    __newindex: func(t, k, v) { coroutine.yield("newindex " .. k) },
    __eq: func(a, b) { return coroutine.yield("eq") },
    __lt: func(a, b) { return coroutine.yield("lt") },
    __concat: func(a, b) { return coroutine.yield("concat") },
    __len: func(a) { return coroutine.yield("len") },
    __call: func(a, b) { return coroutine.yield("call") },
}
v := setmetatable({}, mt)
co := coroutine.wrap(func() {
    print("got", v + 1)
    print("got", v.x)
    v.y = 1
    print("got", v == {}, v < v)
    print("got", v .. "x", #v, v())
    return "end"
})
r := co()
n := 0
for r != "end" { n++; print(r); r = co(n) }
// expect: add
// expect: got	1
// expect: index x
// expect: got	2
// expect: newindex y
// expect: eq
// expect: lt
// expect: got	true	true
// expect: concat
// expect: len
// expect: call
// expect: got	6	7	8
