func f() {
    x := 1
    defer print("deferred", x)
    x = 2
    print("body", x)
}
f()
// expect: body	2
// expect: deferred	1
