// `a && b || c` in hot loops: with integers, floats, falsy middle values, nested, and values that are used on one side only.
func pick(x, w) {
    l := x > 1 && x - 1 || w
    r := x < w && x + 1 || 1
    return l * 100 + r
}
func falsy(c, a, b) { return c && a || b }
func name(v) {
    n := v && v.name || "none"
    return n
}
func sign(x) { return x < 0 && -1 || x > 0 && 1 || 0 }
func mixed(i) { return i % 3 == 0 && i || i % 3 == 1 && i / 2 || nil }

sum := 0
for round := 1; round <= 50; round++ {
    for x := 1; x <= 9; x++ { sum += pick(x, 9) }
}
print(sum) // expect: 227250

count := 0
for i := 1; i <= 600; i++ {
    if falsy(i % 2 == 0, false, i) == i { count++ }
    if falsy(i % 2 == 0, nil, nil) == nil { count++ }
    if falsy(i % 2 == 0, 0, 1) == 0 { count++ }
    a := i % 5 == 0 && {name: "five"} || nil
    if name(a) == "five" { count++ }
    count += sign(i - 300)
}
print(count) // expect: 1621

total := 0.0
nils := 0
for i := 1; i <= 300; i++ {
    v := mixed(i)
    if v { total += v } else { nils++ }
    w := i > 200 && 1.5 || i
    total += w
    ok := (i > 10 && i < 20) || i == 100
    if ok { total += 1000 }
}
print(total, nils) // expect: 52875.0	100

// One that has an object or nothing, and goes on with it where it is there.
last := nil
seen := 0
for i := 1; i <= 300; i++ {
    cur := i % 4 != 0 && {v: i} || last
    if cur { seen += cur.v; last = i % 3 == 0 && cur || nil }
}
print(seen) // expect: 37425
