ch := make(chan)
go func() { for i := range 4 { ch <- i * i }; close(ch) }()
sum := 0
for v := range ch { sum += v }
print(sum) // expect: 14
