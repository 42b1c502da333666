// Recursion that never ends is an error, whatever it goes through: calls, operators, fields, comparisons, callbacks, iterators, coroutines.
// skip gc-stress: collects at every one of the calls up to the limit
// skip tiny-young: every collection looks through the deep stack
// skip method-beside: every collection looks through the deep stack
// skip gc-alloc: every collection looks through the deep stack
mt := {
    __add: func(a, b) { return a + b },
    __index: func(t, k) { return t[k] },
    __newindex: func(t, k, v) { t[k] = v },
    __lt: func(a, b) { return b < a },
    __eq: func(a, b) { return a == b },
    __call: func(s) { return s() },
    __len: func(s) { return #s },
    __unm: func(a) { return -a },
}
t, u := setmetatable({}, mt), setmetatable({}, mt)
func direct(n) { return direct(n + 1) + 1 }
func ping(n) { return pong({n}) }
func pong(t) { return ping(t[1]) }
func extra(...) { return extra(1) + 1 }
func less(a, b) { table.sort({2, 1}, less); return a < b }
func each() { for v := range each { } }
func wrapped() { return coroutine.wrap(wrapped)() }
func deferred() { defer deferred() }
func caught() { ok, e := pcall(caught); error(e) }
kinds := {
    func() { return direct(1) }, func() { return ping(1) }, extra, func() { return t + u }, func() { return t.x }, func() { t.x = 1 },
    func() { return t < u }, func() { return t == u }, func() { return t() }, func() { return #t }, func() { return -t },
    func() { table.sort({2, 1}, less) }, each, wrapped, deferred, caught,
}
for i, f := range kinds {
    for range 2 {
        ok, e := pcall(f)
        if ok || !e:hasSuffix("stack overflow") { print(i, ok, e) }
    }
}
print("done") // expect: done
