// Dictionaries in hot code: adding, removing and adding again while they grow, and traversals meanwhile.
keys := {}
for i := 1; i <= 3000; i++ { keys[i] = "k" .. i }
func fill(t, from, to) {
    for i := from; i <= to; i++ { t[keys[i]] = i }
}
func drop(t, from, to, step) {
    for i := from; i <= to; i += step { t[keys[i]] = nil }
}
func sum(t) {
    n, total := 0, 0
    for _, v := range t { n++; total += v }
    return n, total
}
t := {}
fill(t, 1, 3000)
print(sum(t))                  // expect: 3000	4501500
drop(t, 1, 3000, 2)
print(sum(t))                  // expect: 1500	2251500
drop(t, 1, 3000, 2)            // removing what is not there
fill(t, 1, 3000)
print(sum(t))                  // expect: 3000	4501500
drop(t, 1, 3000, 1)
print(sum(t), next(t))         // expect: 0	nil
fill(t, 2991, 3000)
order := {}
for k := range t { order[#order + 1] = k }
print(table.concat(order, " "))  // expect: k2991 k2992 k2993 k2994 k2995 k2996 k2997 k2998 k2999 k3000
// A key that nobody has: removing it does not add it.
for i := 1; i <= 1000; i++ { t["none" .. i] = nil }
print(sum(t))                  // expect: 10	29955
// Counters, and values of changing kinds.
func count(t, n) {
    for i := 1; i <= n; i++ {
        k := keys[i % 700 + 1]
        t[k] = (t[k] || 0) + 1
    }
}
c := {}
count(c, 7000)
print(sum(c))                  // expect: 700	7000
func change(t, i, v) { t[keys[i]] = v }
for i := 1; i <= 700; i++ { if i % 3 == 0 { change(c, i, nil) } else { change(c, i, "s" .. i) } }
n := 0
for k, v := range c { if k != "k" .. v:sub(2) { n = -1 }; n++ }
print(n)                       // expect: 467
// Removing and changing entries while they are visited.
d := {}
fill(d, 1, 1000)
visited := 0
for k, v := range d {
    visited++
    if v % 2 == 0 { d[k] = nil } else { d[k] = v + 1 }
}
print(visited, sum(d))         // expect: 1000	500	250500
// Mixed keys in one table.
m := {}
for i := 1; i <= 600; i++ { m[keys[i]] = i; m[i * 1000] = i; m[i + 0.5] = i }
drop(m, 1, 600, 3)
for i := 1; i <= 600; i += 2 { m[i * 1000] = nil }
print(sum(m))                  // expect: 1300	391000
