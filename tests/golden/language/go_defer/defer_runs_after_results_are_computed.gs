func v() { print("result"); return 1 }
func f() {
    defer print("deferred")
    return v()
}
print(f())
// expect: result
// expect: deferred
// expect: 1
