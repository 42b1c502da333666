// Switches from code that is hot: values both ways, by resume, wrap and range loops, among several coroutines.
func counter(n) {
    return coroutine.wrap(func(first) {
        sum := first
        for i := 1; i <= n; i++ {
            a, b := coroutine.yield(i, sum)
            sum += (a || 0) + (b || 0)
        }
        return "end", sum
    })
}
total := 0
for round := 1; round <= 3; round++ {
    f := counter(200)
    for i := 0; i <= 200; i++ {
        v, sum := f(i, 1)
        if v == "end" { print(v, sum) } else { total += v }
    }
    _, e := pcall(f)
    print(string.sub(e, -28))
}
print(total)
// expect: end	20300
// expect: cannot resume dead coroutine
// expect: end	20300
// expect: cannot resume dead coroutine
// expect: end	20300
// expect: cannot resume dead coroutine
// expect: 60300

// No values, one, two, three and more, each way.
func echo(...) {
    n := 0
    for {
        n += select("#", ...)
        if n % 5 == 0 { n += select("#", coroutine.yield()) }
        elseif n % 5 == 1 { n += select("#", coroutine.yield(n)) }
        elseif n % 5 == 2 { n += select("#", coroutine.yield(n, nil)) }
        elseif n % 5 == 3 { n += select("#", coroutine.yield(n, nil, n)) }
        else { n += select("#", coroutine.yield(1, 2, 3, 4, 5, 6, n)) }
    }
}
co := coroutine.create(echo)
sums := {}
for i := 1; i <= 400; i++ {
    r := {coroutine.resume(co, i)}
    if i % 3 == 0 { r = {coroutine.resume(co)} }
    if i % 4 == 0 { r = {coroutine.resume(co, i, i, i)} }
    if i % 7 == 0 { r = {coroutine.resume(co, unpack(r))} }
    sums[#r] = (sums[#r] || 0) + 1
}
print(sums[1], sums[2], sums[4], sums[8], coroutine.status(co))  // expect: 76	166	86	72	suspended
