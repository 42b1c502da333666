// Loops inside loops that are left and entered again, and arrays that grow, shrink and change their kind while they run.

func nested(n) {
    sum, breaks := 0, 0
    for i := 1; i <= n; i++ {
        j := 0
        for j < 40 {
            j++
            if (i + j) % 37 == 0 { breaks++; break }
            if j % 3 == 0 { continue }
            sum += i * j
        }
        for k := 10; k >= 1; k-- { sum -= k }
    }
    return sum, breaks
}

func early(t, x) {
    for i := 1; i <= 1000; i++ {
        for j := 1; j <= 1000; j++ {
            if t[j] == x { return i, j }
            if t[j] == nil { break }
        }
        if i == 900 { return "none", i }
    }
}

func grow(n, value) {
    t := {}
    for i := 1; i <= n; i++ { t[i] = value }
    t[n + 2] = value
    t[n + 1] = value
    for i := #t; i > n / 2; i-- { t[i] = nil }
    t[0] = value
    return #t, t[0], t[n + 1], t[-1]
}

func kinds(n) {
    t := {}
    for i := 0; i < n; i++ {
        if i % 50 == 49 { t[i] = "s" .. i } else if i % 7 == 3 { t[i] = i / 2 } else { t[i] = i }
    }
    ints, floats, strings := 0, 0, 0
    for i := 0; i < n; i++ {
        v := t[i]
        if type(v) == "string" { strings++ } else if math.type(v) == "integer" { ints += v } else { floats += v }
    }
    return ints, floats, strings
}

func window(n) {
    w := {}
    for i := 1; i <= 16; i++ { w[i] = i }
    for i := 17; i <= n; i++ { w[i] = (w[i - 15] + w[i - 2] * 3 + w[i - 16]) % 1000003 }
    back := 0
    for i := n; i >= 3; i-- { back = (back * 7 + w[i] - w[i - 2]) % 1000003 }
    return #w, w[n], back
}

func holes(n) {
    t := {}
    for i := 1; i <= n; i++ { t[i] = i * 1.5 }
    for i := 3; i < n; i += 3 { t[i] = nil }
    count := 0
    for i := -2; i <= n + 2; i++ { if t[i] == nil { count++ } }
    return count
}

func flags(n) {
    t := {}
    for i := 1; i <= n; i++ { t[i] = i % 3 == 0 }
    t[n + 1] = 7
    yes := 0
    for i := 1; i <= n + 1; i++ { if t[i] { yes++ } }
    return yes
}

for round := 1; round <= 3; round++ {
    print(nested(300))
    a := {}
    for i := 1; i <= 300; i++ { a[i] = i * 2 }
    print(early(a, 512))
    print(early(a, -1))
    print(grow(500, 7))
    print(grow(500, 0.5))
    print(grow(500, true))
    print(grow(500, "v"))
    print(grow(500, math.maxinteger))
    print(grow(500, math.mininteger))
    print(kinds(1000))
    print(window(64), window(900))
    print(holes(600))
    print(flags(600))
}

// expect: 6800923	300
// expect: 1	256
// expect: none	900
// expect: 250	7	nil	nil
// expect: 250	0.5	nil	nil
// expect: 250	true	nil	nil
// expect: 250	v	nil	nil
// expect: 250	9223372036854775807	nil	nil
// expect: 250	-9223372036854775808	nil	nil
// expect: 419167	34926.5	20
// expect: 64	900	824500	881775
// expect: 204
// expect: 201
// expect: 6800923	300
// expect: 1	256
// expect: none	900
// expect: 250	7	nil	nil
// expect: 250	0.5	nil	nil
// expect: 250	true	nil	nil
// expect: 250	v	nil	nil
// expect: 250	9223372036854775807	nil	nil
// expect: 250	-9223372036854775808	nil	nil
// expect: 419167	34926.5	20
// expect: 64	900	824500	881775
// expect: 204
// expect: 201
// expect: 6800923	300
// expect: 1	256
// expect: none	900
// expect: 250	7	nil	nil
// expect: 250	0.5	nil	nil
// expect: 250	true	nil	nil
// expect: 250	v	nil	nil
// expect: 250	9223372036854775807	nil	nil
// expect: 250	-9223372036854775808	nil	nil
// expect: 419167	34926.5	20
// expect: 64	900	824500	881775
// expect: 204
// expect: 201
