// The last step by key ends no traversal but its own: others still find their way on behind removed keys.
func make(n) { t := {}; for i := 1; i <= n; i++ { t["k" .. i] = i }; return t }
func churn(t, c, n) { for j := 1; j <= n; j++ { t["n" .. c .. "_" .. j] = 1; t["n" .. c .. "_" .. j] = nil } }
func ranged(n) {
    t, last, seen, c := make(n), "k" .. n, {}, 0
    for k := range t {
        seen[k] = (seen[k] || 0) + 1
        c++
        if k != last { t[k] = nil }
        next(t, last)
        next(t, last)
        churn(t, c, 5)
    }
    bad := 0
    for k := range make(n) { if seen[k] != 1 { bad++ } }
    return bad
}
func stepped(n) {
    t, last, c := make(n), "k" .. n, 0
    k := next(t)
    for k != nil {
        c++
        t[k] = nil
        if k != last { next(t, last); next(t, last) }
        churn(t, c, 8)
        k = next(t, k)
    }
    return math.abs(c - n)
}
print(ranged(10) + ranged(31) + ranged(59))  // expect: 0
print(stepped(10) + stepped(31) + stepped(59))  // expect: 0
// A key that was removed and set again comes last, but the traversal goes on where it was.
func again(n) {
    t, seen, c := make(n), {}, 0
    for k := range t {
        seen[k] = (seen[k] || 0) + 1
        c++
        if c == 2 { t[k] = nil; churn(t, 1, 19); t[k] = 1; churn(t, 2, 19) }
    }
    bad := 0
    for k := range make(n) { if seen[k] != 1 && k != "k2" { bad++ } }
    return bad
}
print(again(10) + again(24) + again(59))  // expect: 0
