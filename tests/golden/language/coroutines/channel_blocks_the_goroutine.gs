ch := make(chan)
go func() { ch <- "value" }()
co := coroutine.wrap(func() { return <-ch })
print(co()) // expect: value
