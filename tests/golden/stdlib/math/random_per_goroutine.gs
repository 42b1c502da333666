func run() {
    math.randomseed(5)
    ch := make(chan)
    for i := 1; i <= 3; i++ {
        go func() { ch <- math.random(1000000) }()
    }
    got := {}
    for i := 1; i <= 3; i++ { got[i] = <-ch }
    table.sort(got)
    return table.concat(got, " ") .. " " .. math.random(1000000), got
}
a, values := run()
b := run()
print(a == b)                                         // expect: true
print(values[1] != values[2], values[2] != values[3]) // expect: true	true
