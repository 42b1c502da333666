// Arrays that start at index 0: prefix sums, a ring buffer, a convolution and a digit counter.
func fill(n) {
    t := {}
    for i := 0; i < n; i++ {
        t[i] = i * 7 % 13
    }
    return t
}

func prefix_sums(t, n) {
    s := {}
    s[0] = t[0]
    for i := 1; i < n; i++ {
        s[i] = s[i - 1] + t[i]
    }
    return s
}

func ring(n, size) {
    buffer := {}
    for i := 0; i < size; i++ {
        buffer[i] = 0
    }
    sum := 0
    for i := 0; i < n; i++ {
        at := i % size
        sum += buffer[at]
        buffer[at] = i % 17
    }
    return sum
}

func convolve(t, n, kernel, m) {
    out := {}
    for i := 0; i <= n - m; i++ {
        sum := 0
        for j := 0; j < m; j++ {
            sum += t[i + j] * kernel[j]
        }
        out[i] = sum
    }
    return out
}

func digits(limit) {
    counts := {[0]: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
    for n := 0; n <= limit; n++ {
        v := n
        for {
            d := v % 10
            counts[d]++
            v = (v - d) / 10
            if v == 0 { break }
        }
    }
    return counts
}

const n = 200000
const kernel = {[0]: 1, 2, 3, 2, 1}
var total = 0
for round := 1; round <= 12; round++ {
    t := fill(n)
    s := prefix_sums(t, n)
    c := convolve(t, n, kernel, 5)
    total = total + s[n - 1] + c[0] + c[n - 5] + ring(n, 64 + round)
}
const counts = digits(1200000)
print(string.format("%d %d %d", total, counts[0], counts[9]))
