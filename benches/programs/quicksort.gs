// Hoare's quicksort on a table of integers.
func quicksort(t, lo, hi) {
    for lo < hi {
        pivot := t[math.floor((lo + hi) / 2)]
        i, j := lo, hi
        for i <= j {
            for t[i] < pivot {
                i++
            }
            for t[j] > pivot {
                j--
            }
            if i <= j {
                t[i], t[j] = t[j], t[i]
                i++
                j--
            }
        }
        if j - lo < hi - i {
            quicksort(t, lo, j)
            lo = i
        } else {
            quicksort(t, i, hi)
            hi = j
        }
    }
}

var seed = 42
func random() {
    seed = (seed * 16807) % 2147483647
    return seed
}

const n = 200000
var check = 0
for round := 1; round <= 10; round++ {
    t := {}
    for i := 1; i <= n; i++ {
        t[i] = random() % 1000000
    }
    quicksort(t, 1, n)
    for i := 2; i <= n; i++ {
        if t[i - 1] > t[i] { error("not sorted") }
    }
    check = (check * 31 + t[1] + t[n / 2] + t[n]) % 1000000007
}
print(string.format("%d", check))
