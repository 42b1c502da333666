ch := make(chan)
go func() { ch <- select(2, pcall(error, "caught")) }()
print(<-ch) // expect: caught
