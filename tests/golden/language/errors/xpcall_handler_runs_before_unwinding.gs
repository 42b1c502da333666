func f() {
    defer print("deferred")
    error("e")
}
print(xpcall(f, func(v) { print("handler"); return v }))
// expect: handler
// expect: deferred
// expect: false	e
