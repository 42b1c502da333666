func f() {
    defer func() {
        defer print("inner")
        print("outer")
    }()
    print("body")
}
f()
// expect: body
// expect: outer
// expect: inner
