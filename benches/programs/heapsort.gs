// Heapsort on a table of floats.
func sift_down(t, lo, hi) {
    root := lo
    for root * 2 <= hi {
        child := root * 2
        if child < hi && t[child] < t[child + 1] { child++ }
        if t[root] >= t[child] { return }
        t[root], t[child] = t[child], t[root]
        root = child
    }
}

func heapsort(t, n) {
    for i := math.floor(n / 2); i >= 1; i-- {
        sift_down(t, i, n)
    }
    for i := n; i >= 2; i-- {
        t[1], t[i] = t[i], t[1]
        sift_down(t, 1, i - 1)
    }
}

var seed = 42
func random() {
    seed = (seed * 3877 + 29573) % 139968
    return seed / 139968
}

const n = 150000
var check = 0.0
for round := 1; round <= 8; round++ {
    t := {}
    for i := 1; i <= n; i++ {
        t[i] = random()
    }
    heapsort(t, n)
    for i := 2; i <= n; i++ {
        if t[i - 1] > t[i] { error("not sorted") }
    }
    check = check + t[1] + t[n / 2] + t[n]
}
print(string.format("%.9f", check))
