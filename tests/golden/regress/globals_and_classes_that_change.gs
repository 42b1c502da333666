// Machine code takes globals, methods and library functions for constants until they change: also in calls that are active.
g := 1
func change(i, at, to) { if i == at { g = to }; return i }
func before_and_after(i) {
    x := g
    change(i, 2500, 10)
    return x + g
}
s := 0
for i := 1; i <= 5000; i++ { s += before_and_after(i) }
print(s)                                        // expect: 55009

// A variable of every kind, and back.
kind := 3
func look(i) { return type(kind) }
seen := {}
for i := 1; i <= 6000; i++ {
    if i == 2000 { kind = "text" }
    if i == 4000 { kind = {} }
    if i == 5000 { kind = nil }
    t := look(i)
    seen[t] = (seen[t] || 0) + 1
}
print(seen.number, seen.string, seen.table, seen["nil"])   // expect: 1999	2000	1000	1001

// Changed by the innermost of recursive calls: all others are still to use it.
depth := 1
func down(n) {
    if n == 0 { depth += 1; return 0 }
    below := down(n - 1)
    return below + depth
}
for i := 0; i < 300; i++ { down(3) }
print(down(100))                                // expect: 30200

// A function that replaces itself, and one that is replaced by its callee.
func step(n) {
    if n == 3000 { step = func(n) { return -n } }
    return n
}
sum := 0
for i := 1; i <= 4000; i++ { sum += step(i) }
print(sum)                                      // expect: 1001000
func helper(i) { if i == 1500 { outer_value = 7 }; return i }
outer_value := 5
func outer(i) { a := outer_value; b := helper(i); return a * 100 + outer_value * 10 + b - b }
print(outer(1))                                 // expect: 550
last := 0
for i := 2; i <= 1500; i++ { last = outer(i) }
print(last, outer(1501))                        // expect: 570	770

// Methods, and what is not there.
Point := {}
Point.__index = Point
func Point:get() { return self.x }
func patch(i, at) { if i == at { Point.get = func(self) { return -self.x } } }
func twice(p, i) { a := p:get(); patch(i, 1800); return a * 1000 + p:get() }
p := setmetatable({x: 1}, Point)
last = 0
total := 0
for i := 1; i <= 1800; i++ { last = twice(p, i); total += last }
print(last, total, twice(p, 0))                 // expect: 999	1801798	-1001
func missing(p) { return p.missing }
count := 0
for i := 1; i <= 2000; i++ {
    if missing(p) != nil { count++ }
    if i == 1500 { Point.missing = false }
}
print(count)                                    // expect: 500
Base := {color: "red"}
Base.__index = Base
setmetatable(Point, Base)
func color(p) { return p.color }
colors := ""
for i := 1; i <= 2100; i++ {
    if i % 700 == 0 { colors ..= color(p) .. " " } else { color(p) }
    if i == 800 { Base.color = "blue" }
    if i == 1500 { setmetatable(Point, nil); Point.color = "none" }
}
print(colors)                                   // expect: red blue none 

// Equality, defined late.
func same(a, b) { return a == b }
Value := {}
equal := 0
for i := 1; i <= 3000; i++ {
    if i == 2000 { Value.__eq = func(a, b) { return true } }
    a, b := setmetatable({}, Value), setmetatable({}, Value)
    if same(a, b) { equal++ }
}
print(equal)                                    // expect: 1001

// Library functions and methods of strings.
func floors(i) { return math.floor(i + 0.5) }
sum = 0
for i := 1; i <= 3000; i++ {
    sum += floors(i)
    if i == 2000 { math.floor = func(x) { return 1 } }
}
print(sum)                                      // expect: 2002000
func shout(s) { return s:upper() }
func swap(i) { if i == 2000 { string.upper = func(s) { return s .. "!" } } }
text := ""
for i := 1; i <= 2001; i++ { swap(i); text = shout("a") }
print(text)                                     // expect: a!

// While a coroutine waits in code that relies on it.
limit := 10
gen := coroutine.wrap(func() {
    n := 0
    for {
        n += limit
        coroutine.yield(n)
    }
})
total = 0
for i := 1; i <= 3000; i++ {
    total = gen()
    if i == 2900 { limit = 1 }
}
print(total)                                    // expect: 29100

// An error on the way that changed it.
mode := "calm"
func risky(i) { if i == 2000 { mode = "wild"; error("now") }; return i }
func guarded(i) { ok := pcall(risky, i); return mode .. (ok && "" || " error") }
modes := {}
for i := 1; i <= 2002; i++ { m := guarded(i); modes[m] = (modes[m] || 0) + 1 }
print(modes.calm, modes["wild error"], modes.wild)   // expect: 1999	1	2
