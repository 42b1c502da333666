// Tables with integer keys: sparse, negative and large ones, and dense ones filled backwards.
func sparse(n) {
    t := {}
    k := 1
    for i := 1; i <= n; i++ {
        k = (k * 48271) % 2147483647
        t[k] = i
    }
    sum := 0
    k = 1
    for i := 1; i <= n; i++ {
        k = (k * 48271) % 2147483647
        sum += t[k]
    }
    return sum
}

func signed(n) {
    t := {}
    for i := -n; i <= n; i++ {
        t[i] = i * 2
    }
    sum := 0
    for i := -n; i <= n; i++ {
        sum += t[-i] * i
    }
    return sum
}

func strided(n) {
    t := {}
    for i := n; i >= 1; i-- {
        t[i * 16] = i
    }
    sum, count := 0, 0
    for k, v := range t {
        sum += k * v % 1000
        count++
    }
    return sum + count
}

var total = 0
for round := 1; round <= 36; round++ {
    total += sparse(100000 + round)
    total += signed(50000 + round)
    total += strided(60000 + round)
}
print(string.format("%d", total))
