// Integer keys that are no elements: negative, sparse and removed ones, in hot code.
func set(t, k, v) { t[k] = v }
func get(t, k) { return t[k] }
func count(t) {
    n, total := 0, 0
    for _, v := range t { n++; total += v }
    return n, total
}
t := {}
for round := 1; round <= 3; round++ {
    for i := -500; i <= 500; i++ { set(t, i * 1000, (get(t, i * 1000) || 0) + i + round) }
}
print(count(t))                        // expect: 1001	6006
print(get(t, -500000), get(t, 0), get(t, 500000), get(t, 7))  // expect: -1494	6	1506	nil
for i := -500; i <= 500; i += 2 { set(t, i * 1000, nil) }
print(count(t), get(t, 0), get(t, 1000))  // expect: 500	nil	9
for i := -500; i <= 500; i += 2 { set(t, i * 1000, 1) }
print(count(t), get(t, 0))             // expect: 1001	1
// Keys that come to the array part later, and big ones.
s := {}
for i := 600; i >= 1; i-- { set(s, i, i) }
print(#s, get(s, 600), count(s))       // expect: 600	600	600	180300
for i := 1; i <= 400; i++ { set(s, 1 << 46 + i, i); set(s, -(1 << 50) - i, i) }
bad := 0
for i := 1; i <= 400; i++ {
    if get(s, 1 << 46 + i) != i || get(s, -(1 << 50) - i) != i || get(s, 1 << 52 + i) != nil { bad++ }
}
print(bad, #s)                         // expect: 0	600
// Values of all kinds, and removed ones that come back while others are visited.
v := {}
for i := 1; i <= 300; i++ { set(v, i * 7, i); set(v, i * 7, i + 0.5); set(v, i * 7, "v" .. i) }
for k := range v { if k % 2 == 0 { set(v, k, nil) } }
n := 0
for k, x := range v { if x != "v" .. math.floor(k / 7) { n = -1000 }; n++ }
print(n)                               // expect: 150
for i := 1; i <= 300; i++ { set(v, i * 7, true) }
n = 0
for _, x := range v { if x { n++ } }
print(n)                               // expect: 300
// The length sees what is put behind the last element from there.
w := {}
for i := 2; i <= 100; i++ { set(w, i, i) }
set(w, 1, 1)
print(#w)                              // expect: 100
set(w, 101, nil); set(w, 101, 5)
print(#w, get(w, 101))                 // expect: 101	5
