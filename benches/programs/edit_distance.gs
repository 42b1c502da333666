// Levenshtein distance between words, with two rows of the table.
func distance(a, b) {
    la, lb := #a, #b
    previous, current := {}, {}
    for j := 0; j <= lb; j++ {
        previous[j] = j
    }
    for i := 1; i <= la; i++ {
        ca := a:byte(i)
        current[0] = i
        for j := 1; j <= lb; j++ {
            cost := ca == b:byte(j) && 0 || 1
            best := previous[j - 1] + cost
            deletion := previous[j] + 1
            if deletion < best { best = deletion }
            insertion := current[j - 1] + 1
            if insertion < best { best = insertion }
            current[j] = best
        }
        previous, current = current, previous
    }
    return previous[lb]
}

var seed = 99
func word(n) {
    letters := {}
    for i := 1; i <= n; i++ {
        seed = seed * 16807 % 2147483647
        letters[i] = string.char(97 + seed % 4)
    }
    return table.concat(letters)
}

const words = {}
for i := 1; i <= 48; i++ {
    words[i] = word(100 + i % 20)
}
var sum, closest = 0, 1000
for i := 1; i <= #words; i++ {
    for j := i + 1; j <= #words; j++ {
        d := distance(words[i], words[j])
        sum += d
        if d < closest { closest = d }
    }
}
print(string.format("%d %d", sum, closest))
