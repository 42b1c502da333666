// Integers and floats in one place: sums, remainders, comparisons, keys.

func total(t) {
    sum, largest, less := 0, t[1], 0
    for i := 1; i <= #t; i++ {
        v := t[i]
        sum = sum + v
        if v > largest { largest = v }
        if v < sum { less++ }
        if v <= 10 { less++ }
    }
    return sum, largest, less
}

func rest(x, n) {
    out := 0
    for i := 1; i <= n; i++ { out = x % 10 }
    return out
}

func digits(n) {
    counts := {[0]: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
    for k := 0; k <= n; k++ {
        v := k
        for {
            d := v % 10
            counts[d]++
            v = (v - d) / 10
            if v == 0 { break }
        }
    }
    return table.concat(counts, " ", 0, 9)
}

t := {}
for i := 1; i <= 400; i++ {
    if i % 2 == 0 { t[i] = i } else { t[i] = i / 2 }
}
print(total(t))
t[7] = math.maxinteger
t[9] = 2 ** 53
print(total(t))
t[11] = 0 / 0
s, l, n := total(t)
print(s != s, l, n)
numbers := {7.0, -7.0, 0.0, -0.0, 1e300, -1e300, 20.0, 2.5, -2.5, 9007199254740993.0, 9223372036854775807.0, 12, -12}
for i := 1; i <= #numbers; i++ {
    x := rest(numbers[i], 300)
    print(numbers[i], x, 1 / x)
}
print(rest(1 / 0, 300), digits(3000))

// expect: 60200.0	400	414
// expect: 9.232379236109517e+18	9223372036854775807	412
// expect: true	9223372036854775807	21
// expect: 7.0	7.0	0.14285714285714285
// expect: -7.0	3.0	0.3333333333333333
// expect: 0.0	0.0	+Inf
// expect: -0.0	-0.0	-Inf
// expect: 1e+300	0.0	+Inf
// expect: -1e+300	-0.0	-Inf
// expect: 20.0	0.0	+Inf
// expect: 2.5	2.5	0.4
// expect: -2.5	7.5	0.13333333333333333
// expect: 9007199254740992.0	2.0	0.5
// expect: 9.223372036854776e+18	8.0	0.125
// expect: 12	2	0.5
// expect: -12	8	0.125
// expect: NaN	793 1900 1900 901 900 900 900 900 900 900
