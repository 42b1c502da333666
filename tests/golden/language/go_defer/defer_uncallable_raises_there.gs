func f() {
    print("before")
    defer missing()
    print("never")
}
print(pcall(f))
// expect: before
// expect: false	defer_uncallable_raises_there.gs:3: attempt to call a nil value (global 'missing')
