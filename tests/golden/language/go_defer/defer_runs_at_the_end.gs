func f() {
    defer print("deferred")
    print("body")
}
f()
// expect: body
// expect: deferred
