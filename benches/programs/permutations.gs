// All permutations by Heap's method with a callback, and again in lexical order.
func permute(t, n, visit) {
    if n == 1 {
        visit(t)
        return
    }
    for i := 1; i < n; i++ {
        permute(t, n - 1, visit)
        if n % 2 == 0 {
            t[i], t[n] = t[n], t[i]
        } else {
            t[1], t[n] = t[n], t[1]
        }
    }
    permute(t, n - 1, visit)
}

func next_permutation(t) {
    n := #t
    i := n - 1
    for i > 0 && t[i] >= t[i + 1] {
        i--
    }
    if i == 0 { return false }
    j := n
    for t[j] <= t[i] {
        j--
    }
    t[i], t[j] = t[j], t[i]
    lo, hi := i + 1, n
    for lo < hi {
        t[lo], t[hi] = t[hi], t[lo]
        lo++
        hi--
    }
    return true
}

func first(n) {
    t := {}
    for i := 1; i <= n; i++ {
        t[i] = i
    }
    return t
}

var count, sum = 0, 0
permute(first(10), 10, func(t) {
    count++
    sum = (sum * 3 + t[1] * t[5] - t[10]) % 1000003
})

const t = first(10)
for {
    count++
    sum = (sum + t[2] * t[9]) % 1000003
    if !next_permutation(t) { break }
}
print(string.format("%d %d", count, sum))
