// Arithmetic on numbers that are integers at one time and floats at another keeps its subtypes and is exact.
func sums(t, n) {
    s := 0
    for i := 1; i <= n; i++ {
        s = s + t[i]
    }
    return s
}

func fill(n, every, v, w) {
    t := {}
    for i := 1; i <= n; i++ {
        t[i] = i % every == 0 && v || w
    }
    return t
}

func products(t, n) {
    p := {}
    for i := 1; i < n; i++ {
        p[i] = t[i] * t[i + 1]
    }
    return p
}

func differences(t, n) {
    d := {}
    for i := 1; i < n; i++ {
        d[i] = t[i] - t[i + 1]
        if t[i] < t[i + 1] || t[i] == 0 { d[i] = -d[i] }
    }
    return d
}

func rests(t, n) {
    s := 0
    for i := 1; i <= n; i++ {
        s = s + t[i] % 7 - t[i] % -2.5
    }
    return s
}

for round := 1; round <= 3; round++ {
    print(sums(fill(300, 4, 3, 0.5), 300), sums(fill(300, 4, 3, 5), 300), sums(fill(300, 1000, 3, 0.25), 300))
}
// expect: 337.5	1350	75.0
// expect: 337.5	1350	75.0
// expect: 337.5	1350	75.0

const big = 0x7fffffffffff
print(sums(fill(300, 3, big, 0.5), 300))            // expect: 1.40737488355328e+16
print(sums(fill(300, 2, big, big), 300))            // expect: 42221246506598100
print(sums(fill(300, 2, 0x4000000000000000, big), 300)) // expect: -9202261413601476758
print(sums(fill(300, 2, 0x4000000000000001, 0.5), 300)) // expect: 6.917529027641082e+20

p := products(fill(300, 2, 3, 0.5), 300)
print(p[1], p[2], p[299], math.type(p[5]))          // expect: 1.5	1.5	1.5	float
p = products(fill(300, 3, 1 << 40, 0.5), 300)
print(p[1], p[2], p[3])                             // expect: 0.25	549755813888.0	549755813888.0
p = products(fill(300, 3, 1 << 40, 1 << 20), 300)
print(p[1], p[2], p[3])                             // expect: 1099511627776	1152921504606846976	1152921504606846976
p = products(fill(300, 2, 0, -1), 300)
print(p[1], 1 / p[1], math.type(p[1]))              // expect: 0	+Inf	integer
p = products(fill(300, 2, 0, -1.5), 300)
print(p[1], 1 / p[1])                               // expect: -0.0	-Inf

d := differences(fill(300, 3, 7, 0.5), 300)
print(d[1], d[2], d[3], d[4])                       // expect: 0.0	6.5	6.5	0.0
d = differences(fill(300, 3, -big, big), 300)
print(d[1], d[2], d[3])                             // expect: 0	281474976710654	281474976710654
d = differences(fill(300, 3, 0, 0.0), 300)
print(d[1], d[2], d[3], 1 / d[3])                   // expect: -0.0	-0.0	-0.0	-Inf
d = differences(fill(300, 3, 0/0, 1), 300)
print(d[1], d[2] != d[2], math.type(d[1]))          // expect: 0	true	integer

print(rests(fill(300, 3, 10, -0.5), 300))
// expect: 1700.0
print(rests(fill(300, 3, 10, -11), 300))
// expect: 1100.0

func failing(t, n) {
    ok, e := pcall(sums, t, n)
    return ok, e
}
t := fill(300, 4, 3, 0.5)
t[200] = "x"
print(failing(t, 300))
// expect: false	mixed_numbers_in_loops.gs:5: attempt to perform arithmetic on a string value
t[200] = "1"
print(sums(t, 300))
// expect: 335.5
