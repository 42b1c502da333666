// A closure that only an inlined call uses has to be made where that call calls something.
t := {0}
func outer(p) {
    inner := func(q) {
        return func(b) {
            return math.ceil(0)
        }
    }
    f := inner(nil)
    return f(nil)
}
for k, v := range next, t {
    for i := range 2 {
        if #t < 40 {
            table.insert(t, 1, outer(nil))
        }
    }
}
print(#t) // expect: 40

func run() {
    w := 0
    s := ""
    for w < 3 {
        w++
        for k, v := range {1, 2} {
            f := func() { return math.max(w, v) }
            s ..= f(nil)
        }
    }
    return s
}
print(run()) // expect: 122233
print(run()) // expect: 122233

func thrower(n) {
    f := func(x) { return x.y }
    return f(n)
}
for i := range 4 { print(pcall(thrower, {y: i})) }
// expect: true	0
// expect: true	1
// expect: true	2
// expect: true	3
print(pcall(thrower, nil)) // expect: false	closures_called_in_inlined_calls.gs:37: attempt to index a nil value (local 'x')
