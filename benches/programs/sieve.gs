// The sieve of Eratosthenes over a table of booleans.
func sieve(limit) {
    composite := {}
    for i := 1; i <= limit; i++ {
        composite[i] = false
    }
    count := 0
    for i := 2; i <= limit; i++ {
        if !composite[i] {
            count++
            for j := i * i; j <= limit; j += i {
                composite[j] = true
            }
        }
    }
    return count
}

var count = 0
for round := 1; round <= 18; round++ {
    count += sieve(1200000 + round)
}
print(string.format("%d", count))
