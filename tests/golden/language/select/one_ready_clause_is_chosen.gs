a, b := make(chan, 1), make(chan, 1)
a <- 1
b <- 2
sum := 0
for range 2 {
    select {
    case v := <-a: sum += v
    case v := <-b: sum += v
    }
}
print(sum, #a, #b) // expect: 3	0	0
