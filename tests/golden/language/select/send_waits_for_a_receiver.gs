ch := make(chan)
out := make(chan)
go func() { out <- <-ch }()
select { case ch <- 7: }
print(<-out) // expect: 7
