func f() {
    x := 1
    defer func() { x = 2; return 99 }()
    return x, "second"
}
print(f()) // expect: 1	second
