ch := make(chan)
func work(a, b) { ch <- a + b }
go work(1, 2)
print(<-ch) // expect: 3
go func(x) { ch <- x * 2 }(21)
print(<-ch) // expect: 42
