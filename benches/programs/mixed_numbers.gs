// Sums, products and comparisons that mix integers and floats.
func sums(n) {
    a, b, c := 0, 0.0, 0
    for i := 1; i <= n; i++ {
        a += i
        b += i
        c += i * 0.5
        if c > a { c-- }
        if i % 3 == 0 {
            a--
        } else {
            b += 0.25
        }
    }
    return a, b, c
}

func series(n) {
    values := {}
    for i := 1; i <= n; i++ {
        if i % 2 == 0 {
            values[i] = i
        } else {
            values[i] = i / 2
        }
    }
    total, largest := 0, 0
    for i := 1; i <= n; i++ {
        v := values[i]
        total += v
        if v > largest { largest = v }
    }
    return total, largest
}

func horner(coefficients, x) {
    y := 0
    for i := #coefficients; i >= 1; i-- {
        y = y * x + coefficients[i]
    }
    return y
}

var a, b, c = sums(18000000)
print(string.format("%d %.2f %.2f", a, b, c))
var total = 0
for round := 1; round <= 20; round++ {
    t, l := series(100000 + round)
    total = total + t + l
}
print(string.format("%.2f", total))
var y = 0
const poly = {1, 0.5, 2, 0.25, 3}
for i := 1; i <= 1500000; i++ {
    y = y + horner(poly, i % 10) + horner(poly, 0.5)
}
print(string.format("%.4f", y))
