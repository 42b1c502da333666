// Sum of the primes below a limit, by trial division.
func is_prime(n) {
    if n < 2 { return false }
    if n % 2 == 0 { return n == 2 }
    d := 3
    for d * d <= n {
        if n % d == 0 { return false }
        d += 2
    }
    return true
}

var sum, count = 0, 0
for n := 1; n <= 1600000; n++ {
    if is_prime(n) {
        sum += n
        count++
    }
}
print(string.format("%d %d", sum, count))
