a, b := make(chan, 1), make(chan, 1)
counts := {a: 0, b: 0}
for range 200 {
    a <- 1
    b <- 1
    select {
    case <-a: counts.a++; <-b
    case <-b: counts.b++; <-a
    }
}
print(counts.a + counts.b, counts.a > 0, counts.b > 0) // expect: 200	true	true
