ch := make(chan)
pcall(func() { <-ch })
go func() { ch <- "fine" }()
print(<-ch) // expect: fine
