func f() {
    x := 1
    defer func() { print("x is", x) }()
    x = 5
}
f() // expect: x is	5
