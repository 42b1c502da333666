t := {}
for i := 1; i <= 1000; i++ { t[i] = {key: (i * 7919) % 10, at: i} }
table.sort(t, func(a, b) { return a.key < b.key })
good := true
for i := 2; i <= #t; i++ {
    a, b := t[i - 1], t[i]
    if a.key > b.key || a.key == b.key && a.at > b.at { good = false }
}
print(good) // expect: true
