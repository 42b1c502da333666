func f() {
    defer print("deferred")
    error("failed")
}
print(pcall(f))
// expect: deferred
// expect: false	failed
