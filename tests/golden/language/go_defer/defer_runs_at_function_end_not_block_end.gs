func f() {
    { defer print("deferred") }
    if true { defer print("from if") }
    print("body")
}
f()
// expect: body
// expect: from if
// expect: deferred
