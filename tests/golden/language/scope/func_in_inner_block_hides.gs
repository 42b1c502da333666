func outer() {
    var f = func() { return "outer" }
    {
        func f() { return "inner" }
        print(f()) // expect: inner
    }
    return f()
}
print(outer()) // expect: outer
