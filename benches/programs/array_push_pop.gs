// A table as a stack and as a list: appending at and removing from the end, with and without the library.
const insert, remove = table.insert, table.remove

func by_length(n) {
    t := {}
    for i := 1; i <= n; i++ {
        t[#t + 1] = i
    }
    sum := 0
    for #t > 0 {
        sum += t[#t]
        t[#t] = nil
    }
    return sum
}

func by_library(n) {
    t := {}
    for i := 1; i <= n; i++ {
        insert(t, i)
    }
    sum := 0
    for #t > 0 {
        sum += remove(t)
    }
    return sum
}

func breathing(n) {
    t, sum := {}, 0
    for i := 1; i <= n; i++ {
        insert(t, i)
        insert(t, i * 2)
        if i % 3 == 0 { sum = sum + remove(t) + remove(t) + remove(t) }
    }
    for i := 1; i <= 24; i++ {
        insert(t, i, i)
        sum += remove(t, i + 1)
    }
    return sum + #t
}

var total = 0
for round := 1; round <= 10; round++ {
    total = total + by_length(150000 + round) + by_library(150000 + round) + breathing(100000 + round)
}
print(string.format("%d", total))
