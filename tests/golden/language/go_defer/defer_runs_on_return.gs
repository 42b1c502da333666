func f(n) {
    defer print("deferred", n)
    if n == 1 { return "early" }
    return "late"
}
print(f(1))
// expect: deferred	1
// expect: early
print(f(2))
// expect: deferred	2
// expect: late
