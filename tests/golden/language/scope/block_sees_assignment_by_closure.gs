func test() {
    x := 1
    set := func(v) { x = v }
    set(5)
    return x
}
print(test()) // expect: 5
