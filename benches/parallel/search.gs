// Twelve goroutines that search trees: positions of the queens' puzzle, a first row each, with tables of what is attacked.
func place(row, size, columns, rising, falling) {
    if row == size { return 1 }
    found := 0
    for c := 0; c < size; c++ {
        if !columns[c + 1] && !rising[row + c + 1] && !falling[row - c + size + 1] {
            columns[c + 1], rising[row + c + 1], falling[row - c + size + 1] = true, true, true
            found += place(row + 1, size, columns, rising, falling)
            columns[c + 1], rising[row + c + 1], falling[row - c + size + 1] = false, false, false
        }
    }
    return found
}

func falses(n) {
    t := {}
    for i := 1; i <= n; i++ { t[i] = false }
    return t
}

size := 12
results := make(chan)
for first := 0; first < size; first++ {
    go func(c) {
        columns, rising, falling := falses(size), falses(2 * size), falses(2 * size + 1)
        columns[c + 1], rising[c + 1], falling[size - c + 1] = true, true, true
        results <- place(1, size, columns, rising, falling)
    }(first)
}
total := 0
for first := 0; first < size; first++ { total += <-results }
print(total)
