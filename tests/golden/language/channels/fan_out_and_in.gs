jobs, results := make(chan), make(chan)
for range 4 { go func() { for j := range jobs { results <- j * 2 } }() }
go func() { for i := 1; i <= 50; i++ { jobs <- i }; close(jobs) }()
sum := 0
for range 50 { sum += <-results }
print(sum) // expect: 2550
