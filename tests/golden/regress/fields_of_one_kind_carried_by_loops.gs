// Fields that hold integers or floats only become variables of a loop, and stay right in memory.
func run(o, n) {
    for i := 1; i <= n; i++ {
        o.state = o.state * 48271 % 2147483647
        o.mean = o.mean + (o.state - o.mean) / 1024
        o.count = o.count + 1
    }
    return o
}
o := {state: 1, mean: 0.5, count: 0}
for round := 1; round <= 4; round++ {
    run(o, 50)
    print(o.state, math.floor(o.mean), o.count)
}
// expect: 1675824860	57383243	50
// expect: 1358404307	101677605	100
// expect: 1082702230	147008606	150
// expect: 872671849	192806558	200

// What outgrows an immediate leaves in the middle, and so does what is no integer any more.
func double(o, n) {
    for i := 1; i <= n; i++ { o.v = o.v + o.v }
    return o.v
}
for i := 1; i <= 60; i++ { double({v: i}, 3) }
print(double({v: 1}, 40), double({v: 1}, 47), double({v: 1}, 62), double({v: 0.25}, 4))
// expect: 1099511627776	140737488355328	4611686018427387904	4.0
print((pcall(double, {v: {}}, 1))) // expect: false

// Globals beside them are of a kind that is found out before the loop.
a, b := 1, 2
func mix(o, n) {
    for i := 1; i <= n; i++ {
        o.s = (o.s * 7 + 3) % 1009
        t := bit32.bxor(a, o.s)
        a = b
        b = bit32.bxor(t, bit32.lshift(b, 3)) & 0xffff
    }
    return a, b
}
m := {s: 5}
for i := 1; i <= 30; i++ { mix(m, 20) }
print(mix(m, 5)) // expect: 20398	38528
a = 1.0
print(pcall(mix, m, 3)) // expect: true	9419	37811
a = "x"
print((pcall(mix, m, 3))) // expect: false
print(m.s) // expect: 375
