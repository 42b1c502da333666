// The first assignments of a global stop the world; others collect then, and look through the frame that assigns.
func deep(n, ...) { if n == 0 { return #... }; return deep(n - 1, n, n, ...) - 1 }
func flat(...) { a, b, c, d, e, f := ..., 1, 2, 3, 4, 5; return 0, a, b, c, d, e, f }
results := make(chan, 8)
for g := 1; g <= 4; g++ {
    go func(g) {
        sum := 0
        for i := 1; i <= 60; i++ {
            name := "value" .. g .. "_" .. i
            sum += load(name .. " = {1}\ndeep(5); flat(2.5, 2.5, 2.5); " .. name .. " = {1, 2}\n" .. name .. " = {1, 2, 3}\nreturn #" .. name)()
        }
        results <- sum
    }(g)
}
garbage := {}
for i := 1; i <= 40; i++ {
    for j := 1; j <= 50; j++ { garbage[j] = {i, j} }
    collectgarbage()
}
print(<-results, <-results, <-results, <-results)
// expect: 180	180	180	180
