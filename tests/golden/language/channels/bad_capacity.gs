func f(n) { return make(chan, n) }
func try(n) {
    ok, e := pcall(f, n)
    return ok, e:find("channel capacity must be a non-negative integer", 1, true) != nil
}
print(try(-1))  // expect: false	true
print(try(1.5)) // expect: false	true
print(try("x")) // expect: false	true
print(try({}))  // expect: false	true
