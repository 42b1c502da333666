// Tables, floats and others as keys in hot code: with and without entries, metatables and integer values among them.
objects := {}
for i := 1; i <= 50; i++ { objects[i] = {id: i} }
func visit(seen, list, rounds) {
    n := 0
    for r := 1; r <= rounds; r++ {
        for i := 1; i <= #list; i++ {
            o := list[i]
            if seen[o] { seen[o] = seen[o] + 1 } else { seen[o] = 1; n++ }
        }
    }
    return n
}
seen := {}
print(visit(seen, objects, 40), seen[objects[7]], seen[{}])   // expect: 50	40	nil
for i := 1; i <= 50; i += 2 { seen[objects[i]] = nil }
print(visit(seen, objects, 3), seen[objects[1]], seen[objects[2]])  // expect: 25	3	43
// The same code with other keys and other tables.
print(visit({}, {1.5, 2.5, 1.5, 3.0, 3, "s", "s", true, print, 1 << 50, 1 << 50}, 20))  // expect: 7
reads := 0
lazy := setmetatable({}, {__index: func(t, k) { reads++; return nil }})
print(visit(lazy, objects, 2), reads)   // expect: 50	50
named := {name: 1}
print(visit(named, objects, 2), named.name)  // expect: 50	1
func histogram(step, n) {
    t := {}
    for i := 1; i <= n; i++ {
        k := (i % 10) * step
        t[k] = (t[k] || 0) + 1
    }
    return t
}
h := histogram(0.25, 1000)
print(h[0.25], h[0.5], h[1], h[2.0], h[0], h[2.25], h[3])  // expect: 100	100	100	100	100	100	nil
h = histogram(0.5, 100)
print(h[0.5], h[4], h[4.5], h[5])       // expect: 10	10	10	nil
nan := 0.0 / 0.0
func get(t, k) { return t[k] }
func put(t, k, v) { t[k] = v }
for i := 1; i <= 500; i++ { put(h, i + 0.5, i); get(h, i + 0.5) }
print(get(h, nan), get(h, 7.5), get(h, -0.0), get(h, nil))  // expect: nil	7	10	nil
print(pcall(put, h, nan, 1))            // expect: false	keys_of_other_kinds_in_loops.gs:39: table index is NaN
print(pcall(put, h, nil, 1))            // expect: false	keys_of_other_kinds_in_loops.gs:39: table index is nil
put(h, 7.5, nil)
put(h, 8.0, "eight")
print(get(h, 7.5), get(h, 8), #objects) // expect: nil	eight	50
