func f() {
    defer print("first deferred")
    defer error("failed")
    defer print("last deferred")
}
print(pcall(f))
// expect: last deferred
// expect: first deferred
// expect: false	failed
