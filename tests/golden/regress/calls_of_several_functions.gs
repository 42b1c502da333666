// Calls at sites that meet closures of few, many, and other functions.
func adder(n) { return func(x) { return x + n } }
func scaler(n) { return func(x) { return x * n, "more" } }
func chooser(n) { return func(x) { if x > n { return x }; return } }
func failing(n) { return func(x) { return x.field.deeper } }
func apply(f, x) { return f(x) }
func both(f, x) { a, b := f(x); return a, b }
func sum(list, x) {
    total := 0
    for i := 1; i <= #list; i++ {
        f := list[i]
        a, b := both(f, x + i)
        total += f(x) + apply(f, i) + (a || 0) + (b == "more" && 1000 || 0)
    }
    return total
}
one := {adder(1), adder(2), adder(3)}
two := {adder(1), scaler(2), adder(3), scaler(4)}
for i := 1; i <= 200; i++ { sum(one, i) }
print(sum(one, 10))                     // expect: 90
for i := 1; i <= 200; i++ { sum(two, i) }
print(sum(one, 10), sum(two, 10))       // expect: 90	2220
three := {adder(1), scaler(2), chooser(-1), math.abs}
for i := 1; i <= 200; i++ { sum(three, i) }
print(sum(three, 10), sum(two, 5))      // expect: 1127	2140

// A callable table, errors, and a function that yields.
callable := setmetatable({}, {__call: func(self, x) { return x * 100 }})
print(sum({callable, adder(1)}, 1))     // expect: 409
fs := {adder(1), scaler(2), failing(3)}
good := 0
for i := 1; i <= 300; i++ {
    ok, e := pcall(apply, fs[i % 3 + 1], i)
    if ok { good++ } elseif i == 299 { print(e) }  // expect: calls_of_several_functions.gs:5: attempt to index a number value (local 'x')
}
print(good)                             // expect: 200
print(pcall(apply, nil, 1))             // expect: false	calls_of_several_functions.gs:6: attempt to call a nil value (local 'f')
print(pcall(both, 5, 1))                // expect: false	calls_of_several_functions.gs:7: attempt to call a number value (local 'f')
gen := func(x) { return coroutine.yield(x) }
co := coroutine.wrap(func() {
    s := 0
    for i := 1; i <= 300; i++ { s += apply(i % 3 == 0 && gen || i % 3 == 1 && fs[1] || fs[2], i) }
    return s
})
got := co()
for i := 1; i < 100; i++ { got = co(i) }
print(got, co(7))                       // expect: 300	50107

// Results that go on as results, and a site that has seen one function too many.
func tail(f, x) { return f(x) }
kinds := {adder(1), scaler(2), chooser(0), func(x) { return x, x, x }, func(x) {}, func(...) { return select("#", ...) }}
n := 0
for k := 2; k <= #kinds; k++ {
    for i := 1; i <= 100; i++ { n += select("#", tail(kinds[i % k + 1], i)) }
}
print(n)                                // expect: 733
