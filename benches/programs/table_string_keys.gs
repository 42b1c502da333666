// Tables with computed string keys: inserting, reading, updating and removing.
const keys = {}
for i := 1; i <= 2000; i++ {
    keys[i] = "key" .. i * 7919 % 100003
}

func round_trip(n) {
    t := {}
    for i := 1; i <= n; i++ {
        t[keys[i]] = i
    }
    sum := 0
    for i := n; i >= 1; i-- {
        sum += t[keys[i]]
    }
    for i := 1; i <= n; i++ {
        t[keys[i]]++
    }
    for i := 1; i <= n; i += 2 {
        t[keys[i]] = nil
    }
    left := 0
    for k, v := range t {
        left += v
    }
    return sum + left
}

var total = 0
for round := 1; round <= 4500; round++ {
    total += round_trip(1000 + round % 1000)
}
print(string.format("%d", total))
