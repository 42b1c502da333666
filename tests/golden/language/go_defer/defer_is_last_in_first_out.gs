func f() {
    defer print(1)
    defer print(2)
    defer print(3)
}
f()
// expect: 3
// expect: 2
// expect: 1
