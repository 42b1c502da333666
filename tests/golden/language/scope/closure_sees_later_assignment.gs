func test() {
    x := 1
    f := func() { return x }
    x = 2
    return f()
}
print(test()) // expect: 2
