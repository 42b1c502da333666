ch := make(chan)
for i := 1; i <= 1000; i++ { go func() { ch <- i }() }
sum := 0
for range 1000 { sum += <-ch }
print(sum) // expect: 500500
