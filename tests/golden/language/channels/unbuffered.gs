ch := make(chan)
print(len(ch), cap(ch)) // expect: 0	0
go func() { ch <- "hello" }()
print(<-ch) // expect: hello
