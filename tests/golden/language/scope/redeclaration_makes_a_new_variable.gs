func test() {
    x := 1
    first := func() { return x }
    x := 2
    second := func() { return x }
    x = 3
    return first(), second(), x
}
print(test()) // expect: 1	3	3
