// Long counted loops: steps of all kinds, limits of all kinds, ways out in the middle.
func count(first, limit, step) {
    n, sum := 0, 0
    for i := first; i <= limit; i += step {
        n++
        sum += i
        if n >= 5000 { break }
    }
    return n .. " " .. sum
}

func below(first, limit) {
    n := 0
    for i := first; i < limit; i++ { n++ }
    return n
}

func down(first, limit) {
    n, last := 0, nil
    for i := first; i >= limit; i -= 3 {
        n++
        last = i
    }
    return n .. " " .. tostring(last)
}

func odd(first, limit) {
    sum := 0
    for i := first; i > limit; i-- {
        if i % 2 == 0 { continue }
        sum += i
    }
    return sum
}

func until(first, limit) {
    i, n := first, 0
    for i < limit {
        i += 7
        n += i % 5
    }
    return i .. " " .. n
}

func constant() {
    sum := 0
    for round := 1; round <= 3; round++ {
        for i := 0; i < 300; i++ { sum += i }
        for i := 20000; i >= 0; i-- { sum -= 1 }
    }
    return sum
}

for round := 1; round <= 3; round++ {
    a := count(1, 4000, 1) .. ", " .. count(1, 4000, 7) .. ", " .. count(5, 4000, 0) .. ", " .. count(5, 4000, -9)
    b := below(0, 5000) .. " " .. below(10, 3) .. " " .. below(-2000, 1)
    c := down(5000, -5000) .. ", " .. down(1, 2) .. ", " .. odd(3000, 0) .. ", " .. until(0, 9000)
    if round == 3 {
        print(a)           // expect: 4000 8002000, 572 1143714, 5000 25000, 5000 -112452500
        print(b)           // expect: 5000 0 2001
        print(c)           // expect: 3334 -4999, 0 nil, 2250000, 9002 2572
        print(constant())  // expect: 74547
    }
}
print(count(2 ** 53, 2 ** 53 + 3000, 1)) // expect: 5000 4.503599627370496e+19
print(below(0.5, 2000))    // expect: 2000
big := 1 << 62
print(below(big, big + 3000), down(-big, -big - 4000)) // expect: 3000	1334 -4611686018427391903

// Loops without end, by a step of 0, let others run and collect.
func spin(step) {
    n := 0
    for i := 0; i < 10; i += step { n++ }
    return n
}
func spin_upto(step) {
    n := 0
    for i := 0; i <= 10; i += step { n++ }
    return n
}
go func() { spin(0) }()
go func() { spin_upto(0) }()
time.sleep(0.02)
collectgarbage()
print("others run")        // expect: others run
