// Operators of tables in hot code: metamethods that are called directly, and equality as long as no table has `__eq`.
Vec := {}
Vec.__index = Vec
func vec(x, y) { return setmetatable({x: x, y: y}, Vec) }
Vec.__add = func(a, b) { return vec(a.x + b.x, a.y + b.y) }
Vec.__sub = func(a, b) { return vec(a.x - b.x, a.y - b.y) }
Vec.__mul = func(a, b) {
    if type(a) == "number" { return vec(a * b.x, a * b.y) }
    if type(b) == "number" { return vec(a.x * b, a.y * b) }
    return a.x * b.x + a.y * b.y
}
Vec.__div = func(a, k) { return a.x / k, "dropped" }
Vec.__mod = func(a, k) { error("no " .. k) }
func step(p, v, k) { return p + v * k - k * v * 0.5 }
p, v := vec(0, 0), vec(1, 2)
for i := 1; i <= 300; i++ { p = step(p, v, i) }
print(p.x, p.y, p * v, p / 2)          // expect: 22575.0	45150.0	112875.0	11287.5

// Other operands than were seen, at the same site.
func plus(a, b) { return a + b }
for i := 1; i <= 300; i++ { plus(p, v) }
print(plus(1, 2), plus("3", 4.5))      // expect: 3	7.5
Money := {__add: func(a, b) { return "money" }}
print(plus(setmetatable({}, Money), p), plus(p, setmetatable({x: 1, y: 1}, Money)).x) // expect: money	22576.0
print(pcall(plus, p, 5))               // expect: false	operators_and_equality_of_tables.gs:5: attempt to index a number value (local 'b')
print(pcall(plus, {}, p) )             // expect: false	operators_and_equality_of_tables.gs:5: attempt to perform arithmetic on a nil value (field 'x')
print(pcall(plus, {}, {}))             // expect: false	operators_and_equality_of_tables.gs:20: attempt to perform arithmetic on a table value (local 'a')
func rest(a, k) { return a % k }
for i := 1; i <= 100; i++ { pcall(rest, v, i) }
ok, e := pcall(rest, v, 7)
print(ok, e)                           // expect: false	no 7

// The metamethod is replaced, wanders through a coroutine, and recurses.
for i := 1; i <= 200; i++ {
    if i == 150 { Vec.__add = func(a, b) { return "new" } }
    last := plus(p, v)
    if i == 149 { print(type(last)) }  // expect: table
    if i == 200 { print(last) }        // expect: new
}
Vec.__add = func(a, b) { return coroutine.yield(a.x) }
co := coroutine.wrap(func() { s := 0; for i := 1; i <= 200; i++ { s += plus(v, v) }; return s })
got := co()
for i := 1; i < 200; i++ { got = co(i) }
print(got, co(0))                      // expect: 1	19900
Vec.__sub = func(a, b) { return a - b }
func minus(a, b) { return a - b }
print(select(2, pcall(minus, v, v)))   // expect: operators_and_equality_of_tables.gs:45: stack overflow

// Equality.
a, b := {n: 1}, {n: 1}
func count(list, x) { n := 0; for i := 1; i <= #list; i++ { if list[i] == x { n++ }; if list[i] != x { n += 100 } }; return n }
list := {a, b, a, 5, "s", nil && 1 || false, 2.5, setmetatable({n: 1}, Vec)}
for i := 1; i <= 100; i++ { count(list, a); count(list, 2.5); count(list, "s") }
print(count(list, a), count(list, b), count(list, 5.0), count(list, {}))   // expect: 602	701	701	800
func same(x, y) { return x == y, x.n == y.n }
for i := 1; i <= 300; i++ { same(a, b) }
print(same(a, b))                      // expect: false	true
print(same(a, a))                      // expect: true	true
Key := setmetatable({}, {__index: func(t, k) { return k }})
meta := {}
c, d := setmetatable({n: 1}, meta), setmetatable({n: 2}, meta)
for i := 1; i <= 200; i++ {
    if i == 100 { meta["__" .. "eq"] = func(x, y) { return x.n * 2 == y.n } }
    r := same(c, d)
    if i == 99 || i == 100 { print(r) } // expect: false
}                                       // expect: true
print(same(c, d), same(d, c))           // expect: true	false	false
print(count({c, d}, d))                 // expect: 2
