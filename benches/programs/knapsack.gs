// Dynamic programming: the 0/1 knapsack with a full table, and the longest common subsequence.
func knapsack(weights, values, capacity) {
    n := #weights
    best := {}
    best[0] = {}
    for c := 0; c <= capacity; c++ {
        best[0][c] = 0
    }
    for i := 1; i <= n; i++ {
        row, above := {}, best[i - 1]
        w, v := weights[i], values[i]
        for c := 0; c <= capacity; c++ {
            without := above[c]
            if c >= w {
                row[c] = math.max(without, above[c - w] + v)
            } else {
                row[c] = without
            }
        }
        best[i] = row
    }
    chosen, c := 0, capacity
    for i := n; i >= 1; i-- {
        if best[i][c] != best[i - 1][c] {
            chosen++
            c -= weights[i]
        }
    }
    return best[n][capacity], chosen
}

func common(a, b) {
    n, m := #a, #b
    previous, current := {}, {}
    for j := 0; j <= m; j++ {
        previous[j] = 0
        current[j] = 0
    }
    for i := 1; i <= n; i++ {
        for j := 1; j <= m; j++ {
            if a[i] == b[j] {
                current[j] = previous[j - 1] + 1
            } else {
                current[j] = math.max(previous[j], current[j - 1])
            }
        }
        previous, current = current, previous
    }
    return previous[m]
}

const weights, values = {}, {}
for i := 1; i <= 100; i++ {
    weights[i] = i * 37 % 91 + 5
    values[i] = i * 53 % 97 + 10
}
const a, b = {}, {}
for i := 1; i <= 1200; i++ {
    a[i] = i * i % 17
    b[i] = i * 7 % 23
}

var total, items = 0, 0
for round := 1; round <= 8; round++ {
    value, chosen := knapsack(weights, values, 4000 + round)
    total = total + value + common(a, b)
    items += chosen
}
print(string.format("%d %d", total, items))
