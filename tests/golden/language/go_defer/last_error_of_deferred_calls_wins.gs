func f() {
    defer error("one")
    defer error("two")
}
print(pcall(f)) // expect: false	one
