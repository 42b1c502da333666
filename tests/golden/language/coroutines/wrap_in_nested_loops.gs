// Range loops over wrapped functions inside each other: one call site, several coroutines of one function.
func upto(n) {
    return coroutine.wrap(func() { for i := 1; i <= n; i++ { coroutine.yield(i, i * i) } })
}
sum := 0
for i, square := range upto(20) {
    for j := range upto(i) {
        for k, cube := range upto(j % 4) { sum += i * j + cube - k }
        sum += square
    }
}
print(sum)  // expect: 80115

// Filters in a chain, and recursion that yields from deep frames.
func filter(keep, source) {
    return coroutine.wrap(func() { for v := range source { if keep(v) { coroutine.yield(v) } } })
}
sum = 0
for round := 1; round <= 10; round++ {
    source := upto(100)
    for d := 2; d <= 5; d++ { source = filter(func(v) { return v % d != 0 }, source) }
    for v := range source { sum += v }
}
print(sum)  // expect: 12680

func walk(n) {
    if n > 0 {
        walk(n - 1)
        coroutine.yield(n)
        walk(n - 1)
    }
}
count, sum := 0, 0
for v := range coroutine.wrap(func() { walk(8) }) { count++; sum += v }
print(count, sum)  // expect: 255	502

// An iterator that changes its kind while the loop's code stays the same.
func gather(...) {
    out := {}
    for a, b := range ... { out[#out + 1] = tostring(a) .. "/" .. tostring(b) }
    return table.concat(out, " ")
}
func stateless(n, i) { if i < n { return i + 1, -i } }
for round := 1; round <= 30; round++ {
    a := gather(upto(3))
    b := gather(stateless, 3, 0)
    c := gather({7, 8})
    d := gather(next, {9})
    e := gather(3)
    if round % 10 == 0 { print(a, b, c, d, e) }
}
// expect: 1/1 2/4 3/9	1/0 2/-1 3/-2	1/7 2/8	1/9	0/nil 1/nil 2/nil
// expect: 1/1 2/4 3/9	1/0 2/-1 3/-2	1/7 2/8	1/9	0/nil 1/nil 2/nil
// expect: 1/1 2/4 3/9	1/0 2/-1 3/-2	1/7 2/8	1/9	0/nil 1/nil 2/nil
