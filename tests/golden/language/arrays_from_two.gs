// Arrays that begin behind 1 are arrays all the same, and what is missing below is missing.
func primes(n) {
    f := {}
    for i := 2; i <= n; i++ { f[i] = true }
    for i := 2; i * i <= n; i++ {
        if f[i] {
            for j := i * i; j <= n; j += i { f[j] = false }
        }
    }
    count := 0
    for i := 2; i <= n; i++ {
        if f[i] { count++ }
    }
    return count, #f, f[1], f[n + 1]
}
for round := 1; round <= 3; round++ { primes(50) }
print(primes(2000))        // expect: 303	2000	nil	nil

// Keys behind a gap follow when it is filled, also those that were removed and set again.
func gaps(n) {
    t := {}
    for i := 3; i <= n; i++ { t[i] = i }
    t[n + 2] = "later"
    t[n + 2] = nil
    t[n + 2] = "again"
    t[n + 1] = "gap"
    t[n + 3] = "end"
    keys := 0
    for k, v := range t { keys++ }
    return #t - n, keys - n, t[n + 2], t[2]
}
for round := 1; round <= 3; round++ { gaps(40) }
print(gaps(100))           // expect: 3	1	again	nil
