func check(t) {
    table.sort(t, func(a, b) { return a < b })
    for i := 2; i <= #t; i++ { if t[i - 1] > t[i] { return false } }
    return true
}
good := true
for n := 0; n <= 70; n++ {
    up, down, saw, same := {}, {}, {}, {}
    for i := 1; i <= n; i++ {
        up[i] = i
        down[i] = n - i
        saw[i] = i * 37 % 11
        same[i] = 1
    }
    good = good && check(up) && check(down) && check(saw) && check(same) && #saw == n
}
print(good) // expect: true
