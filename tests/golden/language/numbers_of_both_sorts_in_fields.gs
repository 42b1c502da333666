// Fields that hold integers in some objects and floats in others, and now and then something else, where code takes them
// for floats.

V := {}
V.__index = V
V.z = 0.5
func vec(x, y) { return setmetatable({x: x, y: y}, V) }
V.__add = func(a, b) { return vec(a.x + b.x, a.y + b.y) }
V.__sub = func(a, b) { return vec(a.x - b.x, a.y - b.y) }
V.__unm = func(a) { return vec(-a.x, -a.y) }
func dot(a, b) { return a.x * b.x + a.y * b.y }
func less(a, b) { return a.x < b.x || a.y < b.y }
func depth(a) { return a.z * 2 - a.z }

floats, ints, mixed := vec(0.25, 1.5), vec(2, 3), vec(1, 2.5)
func walk(n, a, b) {
    s, count := vec(0, 0), 0
    for i := range n {
        s = s + a - -b
        if less(a, b) { count++ }
    }
    return s, count
}
func show(v) { return v.x .. " " .. v.y }

s, n := walk(400, floats, floats)
print(show(s), n) // expect: 200.0 1200.0	0
s, n = walk(400, ints, floats)
print(show(s), n) // expect: 900.0 1800.0	0
s, n = walk(400, floats, ints)
print(show(s), n) // expect: 900.0 1800.0	400
s, n = walk(400, ints, ints)
print(show(s), n) // expect: 1600 2400	0
s, n = walk(400, mixed, ints)
print(show(s), n) // expect: 1200 2200.0	400
print(dot(ints, ints), dot(ints, mixed), dot(mixed, floats)) // expect: 13	9.5	4.0

// Integers beyond 48 bits, and texts that are numbers.
big := vec(1 << 47, (1 << 62) + 1)
s, n = walk(100, big, ints)
print(show(s), n) // expect: 14073748835533000 400	0
texts := vec("3", "0x10")
print(dot(texts, floats), show(texts - ints)) // expect: 24.75	1 13

// A field that is absent, and one that was taken away: the class has it.
total := 0
for i := range 600 {
    v := vec(i, 1)
    if i % 3 == 0 { v.z = i }
    if i % 5 == 0 { v.z = i + 0.5 }
    if i % 7 == 0 { v.z = nil }
    total += depth(v)
}
print(total) // expect: 71625.5
V.z = nil
print(pcall(depth, vec(1, 1))) // expect: false	numbers_of_both_sorts_in_fields.gs:13: attempt to perform arithmetic on a nil value (field 'z')
