// Errors, limits and other fibers inside hot recursive calls that pass raw numbers.
func down(n, bad) {
    if n == bad { error({at: n}) }
    if n == 0 { return 0 }
    return 1 + down(n - 1, bad)
}
for i := range 300 { down(10, -1) }
print(down(500, -1))                       // expect: 500
ok, e := pcall(down, 500, 13)
print(ok, e.at)                            // expect: false	13
for i := range 50 {
    ok, e := pcall(down, 40, i % 40)
    if ok || e.at != i % 40 { print("wrong", i) }
}

// Upvalues of the function that runs are its own.
func counter(step) {
    self_ := nil
    self_ = func(n) {
        if n == 0 { return 0 }
        return step + self_(n - 1)
    }
    return self_
}
one, two := counter(1), counter(2)
for i := range 300 { one(6); two(6) }
print(one(10), two(10))                    // expect: 10	20

// A handler that gives up half way, at every depth.
func walk(n) {
    if n == 0 { return 0 }
    if n % 7 == 0 {
        ok, v := pcall(walk, n - 1)
        if ok { return v + 1 }
        return -1
    }
    return walk(n - 1) + 1
}
for i := range 300 { walk(30) }
print(walk(100))                           // expect: 100

// Coroutines that yield from the middle.
func tree(n) {
    if n == 0 {
        coroutine.yield(n)
        return 1
    }
    return tree(n - 1) + tree(n - 1)
}
count := 0
co := coroutine.create(func() { return tree(9) })
for {
    ok, v := coroutine.resume(co)
    if coroutine.status(co) == "dead" {
        print(ok, v, count)                // expect: true	512	512
        break
    }
    count++
}

// Two functions that call each other.
func even(n) {
    if n == 0 { return true }
    return odd(n - 1)
}
func odd(n) {
    if n == 0 { return false }
    return even(n - 1)
}
for i := range 300 { even(20) }
print(even(5000), odd(5000), pcall(even, {})) // expect: true	false	false	calls_that_fail_deep.gs:64: attempt to perform arithmetic on a table value (local 'n')

// What a traceback names.
func level(n) {
    if n == 0 { return debug_lines() }
    return level(n - 1) + 0
}
func debug_lines() {
    _, message := xpcall(func() { error("here") }, func(m) { return m })
    print(message)
    return 0
}
for i := range 3 { level(2) }
// expect: here
// expect: here
// expect: here
func forever(n) { return forever(n + 1) + 1 }
for i := range 3 {
    ok, e := pcall(forever, 0)
    print(ok, e)
}
// expect: false	calls_that_fail_deep.gs:87: stack overflow
// expect: false	calls_that_fail_deep.gs:87: stack overflow
// expect: false	calls_that_fail_deep.gs:87: stack overflow
