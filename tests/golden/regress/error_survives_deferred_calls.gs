// An error on its way stays what it is while deferred calls catch errors of their own.
func fails() {
    defer func() { pcall(error, "inner") }()
    defer error("E1")
    return 1
}
print(pcall(fails)) // expect: false	E1

func failsTwice() {
    defer func() { pcall(error, "inner") }()
    defer error("E1")
    error("E0")
}
print(pcall(failsTwice)) // expect: false	E1

co := coroutine.create(func() {
    defer func() { pcall(error, "outer") }()
    func deeper() {
        defer func() { pcall(error, "inner") }()
        defer error("E1")
        coroutine.yield()
    }
    deeper()
})
coroutine.resume(co)
print(coroutine.close(co)) // expect: false	E1

// A handler of xpcall sees each error where it is raised, also those of deferred calls.
seen := {}
print(xpcall(func() {
    defer error("second")
    error("first")
}, func(e) {
    seen[#seen + 1] = e
    return "H" .. e
})) // expect: false	Hsecond
print(table.concat(seen, " ")) // expect: first second
