// Constructors that fill what they make, in several ways, more and fewer fields than the code behind the literal shows.
Point := {}
Point.__index = Point
func Point.new(x, y) {
    self := setmetatable({}, Point)
    self.x = x
    self.y = y
    self.tag = "p"
    self.next = nil
    self.sum = x + y
    self.x = self.x + 1
    return self
}
func Point.init(self, n) {
    self.a, self.b, self.c, self.d = n, n + 1, n + 2, n + 3
    return self
}
func Point.later(n) {
    return Point.init(setmetatable({}, Point), n)
}
func some(n) {
    t := {}
    if n % 2 == 0 { t.even = n } else { t.odd = n; t.third = 1 }
    t = {}
    t.only = n
    t["key" .. n % 3] = n
    return t
}
func Point:total() { return self.x + self.y + self.sum }

total := 0
for i := 1; i <= 500; i++ {
    p := Point.new(i, 2)
    total += p:total()
    if p.next != nil { print("no") }
    q := Point.later(i)
    total += q.a + q.b + q.c + q.d
    s := some(i)
    total += s.only + (s.key0 || 0) + (s.key1 || 0) + (s.key2 || 0)
    if s.even || s.odd || s.third { print("no") }
}
print(total) // expect: 1007500

// What the loop makes and stores elsewhere changes nothing of what it reads; what may be the same place does.
limits := {low: 1, high: 5}
counts := {low: 0, high: 0, other: 0}
last := nil
for i := 1; i <= 1000; i++ {
    fresh := {low: i, high: -i}
    fresh.low = fresh.low + 1
    v := i % 7
    if v < limits.low { counts.low = counts.low + 1 } elseif v > limits.high { counts.high = counts.high + 1 } else { counts.other = counts.other + 1 }
    last = fresh
    if i == 500 { limits.high = 6 }
    if i == 700 { limits = {low: 3, high: 3} }
}
print(counts.low, counts.high, counts.other, last.low, last.high, limits.low) // expect: 228	200	572	1001	-1000	3

a := {v: 1, w: 1}
b := a
sum := 0
for i := 1; i <= 300; i++ {
    c := {v: i, w: 2}
    b.v = c.w + i
    sum += a.v + a.w
    if i == 200 { b = c }
}
print(sum, a.v, b.v) // expect: 41000	202	302
