func f() {
    defer func() { print(pcall(error, "contained")) }()
    return "result"
}
print(f())
// expect: false	contained
// expect: result
