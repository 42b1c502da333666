// Closing a coroutine runs deferred calls of frames below a chunk of the register stack that a native function began.
ran := 0
func use(n, a, b, c, d, e, f, g) { if n == 0 { ran++; return }; use(n - 1, a, b, c, d, e, f, g) }
func deep(n, how) {
    defer use(3, 1, 2, 3, 4, 5, 6, 7)
    if n == 0 { how(); return }
    deep(n - 1, how)
}
t := {3, 1, 2}
hows := {
    func() { pcall(coroutine.yield, 1) },
    func() { pcall(func() { defer use(2); coroutine.yield() }) },
    func() { table.sort({3, 1, 2}, func(a, b) { coroutine.yield(); return a < b }) },
    func() { pcall(pcall, pcall, coroutine.yield, unpack({}, 1, 60)) },
    func() { string.gsub("abc", ".", func(c) { defer use(1); coroutine.yield(unpack({}, 1, 100)) }) },
}
want := 0
for d := 500; d < 1000; d += 123 {
    for i, how := range hows {
        co := coroutine.create(deep)
        coroutine.resume(co, d, how)
        ok, e := coroutine.close(co)
        if !ok { print(d, i, e) }
        want += d + 1
        if i == 2 || i == 5 { want++ }
    }
}
print(ran == want) // expect: true
