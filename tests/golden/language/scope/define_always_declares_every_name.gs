func test() {
    a, b := 1, 2
    get := func() { return a }
    a, c := 3, 4
    return get(), a, b, c
}
print(test()) // expect: 1	3	2	4
