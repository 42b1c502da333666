// Loops whose turns read elements that the turn before has read or stored.
func smooth(a, n) {
    for i := 2; i <= n - 1; i++ {
        a[i] = (a[i - 1] + a[i] + a[i + 1]) / 2
    }
}

func down(a, n) {
    for i := n - 1; i >= 2; i-- {
        a[i] = a[i + 1] + a[i] - a[i - 1]
    }
}

func sums(to, from, n) {
    for i := 2; i <= n; i++ {
        to[i] = to[i - 1] + from[i - 1] - from[i]
    }
}

// A store in between that only some turns execute.
func sometimes(a, n) {
    for i := 3; i <= n; i++ {
        if i % 3 == 0 {
            a[i - 1] = i
        }
        a[i] = a[i - 1] + a[i - 2]
    }
}

// Stores ahead, and behind.
func ahead(a, n) {
    for i := 2; i <= n - 2; i++ {
        a[i + 2] = a[i - 1] + 1
        a[i - 1] = a[i] * 2
    }
}

func common(a, b, previous, current) {
    n, m := #a, #b
    for j := 0; j <= m; j++ {
        previous[j] = 0
        current[j] = 0
    }
    for i := 1; i <= n; i++ {
        for j := 1; j <= m; j++ {
            if a[i] == b[j] {
                current[j] = previous[j - 1] + 1
            } else {
                current[j] = math.max(previous[j], current[j - 1])
            }
        }
        previous, current = current, previous
    }
    return previous[m]
}

func distance(a, b, previous, current) {
    n, m := #a, #b
    for j := 0; j <= m; j++ {
        previous[j] = j
        current[j] = j
    }
    for i := 1; i <= n; i++ {
        current[0] = i
        for j := 1; j <= m; j++ {
            cost := 1
            if a[i] == b[j] { cost = 0 }
            best := previous[j] + 1
            if current[j - 1] + 1 < best { best = current[j - 1] + 1 }
            if previous[j - 1] + cost < best { best = previous[j - 1] + cost }
            current[j] = best
        }
        previous, current = current, previous
    }
    return previous[m]
}

func list(n, f) {
    t := {}
    for i := 1; i <= n; i++ {
        t[i] = f(i)
    }
    return t
}

func show(t) {
    s := 0
    for i := 1; i <= #t; i++ {
        s = s * 0.5 + t[i]
    }
    return string.format("%.6f", s)
}

func int(i) { return i * 7 % 11 }
func float(i) { return i * 0.25 - 1 }

func all(n, f) {
    t := list(n, f)
    smooth(t, n)
    down(t, n)
    u := list(n, f)
    sums(u, t, n)
    v := list(n, f)
    sums(v, v, n)
    w := list(n, f)
    sometimes(w, n)
    x := list(n, f)
    ahead(x, n)
    return show(t), show(u), show(v), show(w), show(x)
}

for round := 1; round <= 150; round++ {
    all(20, int)
    all(20, float)
    a, b := list(20, int), list(17, func(i) { return i * 5 % 11 })
    common(a, b, {}, {})
    distance(a, b, {}, {})
}
print(all(20, int)) // expect: 14.653638	13.346335	1197307.801325	355.186579	25.464260
print(all(20, float)) // expect: 8.999880	-11.999877	-349516.833332	333.043732	11.544647
print(all(3, int)) // expect: 18.250000	6.250000	19.250000	13.250000	13.250000
print(all(2, float)) // expect: -0.875000	-1.375000	-1.375000	-0.875000	-0.875000
a, b := list(20, int), list(17, func(i) { return i * 5 % 11 })
one := {}
print(common(a, b, {}, {}), common(a, b, one, one), distance(a, b, {}, {}), distance(a, b, one, one)) // expect: 7	7	16	30

// What is absent, of another kind or too large is met on the way.
holes := list(20, float)
holes[9] = nil
print((pcall(sums, list(20, float), holes, 20))) // expect: false
holes = list(20, float)
holes[1] = nil
print((pcall(smooth, holes, 20))) // expect: false
mixed := list(20, int)
mixed[12] = "5"
sums(mixed, list(20, int), 20)
print(show(mixed)) // expect: 16.595972
large := list(20, func(i) { return 70368744177664 })
sometimes(large, 20)
print(large[20], large[19]) // expect: 140737488355562	70368744177790
short := list(10, int)
print((pcall(sums, short, list(10, int), 20)), #short) // expect: false	10
