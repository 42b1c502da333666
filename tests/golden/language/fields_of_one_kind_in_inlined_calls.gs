// What an inlined method changes in the object of its caller, in loops and in several frames at once.
const Point = {}
Point.__index = Point
func Point.new(x, y) { return setmetatable({x: x, y: y}, Point) }
func Point:move(d) { self.x = self.x + d; self.y = self.y - d }
func Point:norm() { return self.x * self.x + self.y * self.y }
func walk(p, n, d) {
    s := 0
    for i := 1; i <= n; i++ {
        p:move(d)
        s = s + p:norm()
    }
    return s
}
for i := 1; i <= 200; i++ { walk(Point.new(1.0, 2.0), 20, 0.5) }
print(walk(Point.new(1.0, 2.0), 4, 0.5)) // expect: 25.0
// Sums of floats stay floats, sums of integers do not.
p := Point.new(1, 2)
print(walk(p, 4, 1), math.type(p.x), math.type(p.y)) // expect: 60	integer	integer
p = Point.new(1 << 46, 0)
for i := 1; i <= 6; i++ { p.x = p.x + p.x }
print(p.x) // expect: 4503599627370496
print(walk(Point.new(1.0, 2.0), 4, 0.5)) // expect: 25.0
// A recursive method whose innermost call changes the field that all frames read after it.
func down(p, n) {
    if n == 0 { return p.hook(p) }
    r := down(p, n - 1)
    return r + p.x
}
const q = {x: 1.5, hook: func(p) { return 0 }}
for i := 1; i <= 200; i++ { down(q, 12) }
print(down(q, 4)) // expect: 6.0
q.hook = func(p) { p.x = 2; return 0 }
print(down(q, 4)) // expect: 8
q.hook = func(p) { p.x = "3"; return 0 }
print(down(q, 4)) // expect: 12
// A coroutine in the middle of such a loop.
func gen(p) { return coroutine.wrap(func() { s := 0; for true { s = s + p.z; coroutine.yield(s) } }) }
const z = {z: 0.5}
const next = gen(z)
for i := 1; i <= 500; i++ { next() }
z.z = 7
print(next(), next()) // expect: 257.0	264.0
z.z = nil
print(pcall(next)) // expect: false	fields_of_one_kind_in_inlined_calls.gs:38: attempt to perform arithmetic on a nil value (field 'z')
