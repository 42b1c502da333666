// Metamethods of operators in hot code: inlined, called, failing, changing, and left in the middle.
const V = {}
V.__index = V
func V.new(x, y) { return setmetatable({x: x, y: y}, V) }
func V.__add(a, b) { return V.new(a.x + b.x, a.y + b.y) }
func V.__sub(a, b) { return V.new(a.x - b.x, a.y - b.y) }
func V.__mul(a, b) {
    if type(a) == "number" { return V.new(a * b.x, a * b.y) }
    if type(b) == "number" { return V.new(a.x * b, a.y * b) }
    return a.x * b.x + a.y * b.y
}
func V.__unm(a) { return V.new(-a.x, -a.y) }
func V.__mod(a, b) { return }
func V.__div(a, b) { return a.x / b, "dropped" }
func V.__pow(a, n) {
    if n == 0 { return 1 }
    return (a ** (n - 1)) * 2
}

func walk(p, step, n) {
    for i := 1; i <= n; i++ {
        p = p + step * 2 - 0.5 * step
    }
    return p
}
p := walk(V.new(0, 0.5), V.new(1, 0.25), 400)
print(p.x, p.y)                             // expect: 600.0	150.5

func dots(a, b, n) {
    s := 0
    for i := 1; i <= n; i++ { s = s + a * b + a ** 3 + (a / 2) }
    return s, a % b
}
print(dots(V.new(1, 2), V.new(3, 4), 300))  // expect: 5850.0	nil

// What a metamethod reads changes its sort in the middle of the loop: the inlined frame is left.
func drift(n) {
    a := V.new(0, 0)
    for i := 1; i <= n; i++ {
        x := i
        if i % 90 == 0 { x = i + 0.5 }
        if i == 350 { x = "7" }
        a = a + V.new(x, 1)
    }
    return a.x, a.y
}
print(drift(400))                           // expect: 79859.0	400

func negate(a, n) {
    for i := 1; i <= n; i++ { a = -a }
    return a.x
}
print(negate(V.new(1.5, 2), 301))           // expect: -1.5

// An error in it, caught outside.
func failing(n) {
    s := V.new(0, 0)
    for i := 1; i <= n; i++ {
        other := V.new(1, 1)
        if i == 300 { other.y = nil }
        s = s + other
    }
    return s
}
print(pcall(failing, 400))
// expect: false	operators_of_hot_classes.gs:5: attempt to perform arithmetic on a nil value (field 'y')

// Another metamethod while the code runs.
func change(n) {
    s := V.new(0, 0)
    one := V.new(1, 1)
    for i := 1; i <= n; i++ {
        if i == 250 { V.__add = func(a, b) { return V.new(a.x + 10 * b.x, a.y) } }
        s = s + one
    }
    return s.x, s.y
}
print(change(300))                          // expect: 759	249

// Operands of other classes, and strings and numbers beside them.
const W = setmetatable({}, {__add: func(a, b) { return "W" }})
func mix(a, b, n) {
    r := nil
    for i := 1; i <= n; i++ {
        r = a + b
        if i == n - 1 { a = W }
    }
    return r
}
print(mix(V.new(1, 1), V.new(2, 2), 300))   // expect: W
print(mix(1, W, 300), mix("x", W, 300), mix(W, 1, 300)) // expect: W	W	W

// Comparisons.
const O = {}
O.__lt = func(a, b) { return a.k < (type(b) == "number" && b || b.k) }
O.__le = func(a, b) { if a.k <= b.k { return 1 } }
O.__eq = func(a, b) { return a.k == b.k }
func count(a, b, n) {
    s := 0
    for i := 1; i <= n; i++ {
        if a < b { s = s + 1 }
        if a <= b { s = s + 10 }
        if a == b { s = s + 100 }
        if a != a { s = s + 1000 }
        if a == nil || a == 1 || a < 5 == false { s = s + 10000 }
        c := a == b
        if c { s = s + 1 }
        a.k = a.k + 1
    }
    return s
}
o := setmetatable({k: 1}, O)
q := setmetatable({k: 250}, O)
print(count(o, q, 300), o.k)                // expect: 2962850	301
print(pcall(func() { return count(setmetatable({k: 1}, O), {k: 2}, 1) })) // expect: true	11
print(pcall(func() { return o < "x" }))
// expect: false	operators_of_hot_classes.gs:95: attempt to compare number with nil

// Deep recursion through an operator.
const D = {}
D.__add = func(a, n) {
    if n == 0 { return 0 }
    return (a + (n - 1)) + 1
}
d := setmetatable({}, D)
t := 0
for i := 1; i <= 300; i++ { t = t + (d + 20) }
print(t)                                    // expect: 6000

// A coroutine yields out of one.
const Y = setmetatable({}, {__sub: func(a, b) { return coroutine.yield(b) }})
co := coroutine.wrap(func() {
    s := 0
    for i := 1; i <= 300; i++ { s = s + (Y - i) }
    return s
})
r := co()
for i := 1; i <= 300; i++ { r = co(r * 2) }
print(r)                                    // expect: 90300
