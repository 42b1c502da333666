// Tables whose metatable handles calls are called as if the program had written the call of the handler.
func loop(n, f) { s := 0; for i := 0; i < n; i++ { s += f(i) }; return s }

Adder := {}
Adder.__index = Adder
Adder.__call = func(self, x, y) { return self.n + x + (y || 0) }
func adder(n) { return setmetatable({n: n}, Adder) }
print(loop(1000, adder(3)))                    // expect: 502500

// Another shape at the same site, a closure, and a value that cannot be called.
print(loop(1000, setmetatable({m: 1, n: 2}, Adder)))   // expect: 501500
print(loop(10, func(x) { return 1 }))          // expect: 10
print((pcall(loop, 10, 5)))                    // expect: false
print(loop(10, adder(1)))                      // expect: 55

// The handler is exchanged while it is called.
func counted(n) {
    a, s := adder(1), 0
    for i := 0; i < n; i++ {
        if i == n - 5 { Adder.__call = func(self, x) { return 1000000 } }
        s += a(i, 1)
    }
    return s
}
print(counted(300))                            // expect: 5043955
Adder.__call = nil
print((pcall(counted, 3)))                     // expect: false

// A class whose call makes an object; arguments of any number.
Point := {}
Point.__index = Point
setmetatable(Point, {__call: func(cls, ...) {
    p := setmetatable({}, cls)
    p:init(...)
    return p
}})
func Point:init(x, y) { self.x = x; self.y = y }
func points(n) {
    s := 0
    for i := 0; i < n; i++ { p := Point(i, i + 1); s += p.x + (p.y || 0) }
    for i := 0; i < n; i++ { p := Point(i, nil, 3); s += p.x + (p.y || 0) }
    return s
}
print(points(200), points(200))                // expect: 59900	59900

// All results, and lists of arguments.
Multi := setmetatable({}, {__call: func(self, a, b, ...) { return b, a, select("#", ...) }})
func lists(n, ...) {
    var a, b, c
    for i := 0; i < n; i++ { a, b, c = Multi(i, ...) }
    t := {Multi(...)}
    return a, b, c, #t, Multi(1, Multi(...))
}
print(lists(100, 7, 8, 9))                     // expect: 7	99	2	3	8	1	2
print(lists(100))                              // expect: nil	99	0	3	nil	1	2

// Integers that become floats and big inside the handler; the handler raises.
Scale := setmetatable({k: 1}, {__call: func(self, x) {
    if x == "no" { error({code: 7}) }
    return self.k * x
}})
func scaled(n, x) { s := 0; for i := 0; i < n; i++ { s = Scale(x) }; return s }
print(scaled(200, 3), scaled(3, 1.5), scaled(3, 1 << 60), scaled(2, "4"))   // expect: 3	1.5	1152921504606846976	4
ok, e := pcall(scaled, 3, "no")
print(ok, e.code)                              // expect: false	7

// Recursion through the table, and a yield inside.
Fib := setmetatable({}, {__call: func(self, n) { if n < 2 { return n }; return self(n - 1) + self(n - 2) }})
print(Fib(15))                                 // expect: 610
Down := setmetatable({}, {__call: func(self, n) { return 1 + self(n + 1) }})
print((pcall(Down, 1)))                        // expect: false
Gen := setmetatable({}, {__call: func(self, x) { return coroutine.yield(x) }})
co := coroutine.wrap(func() { s := 0; for i := 0; i < 100; i++ { s += Gen(i) }; return s })
v := co()
for i := 0; i < 100; i++ { v = co(2) }
print(v)                                       // expect: 200
