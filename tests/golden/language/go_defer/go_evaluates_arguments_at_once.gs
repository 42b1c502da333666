ch := make(chan)
x := 1
go func(v) { ch <- v }(x)
x = 2
print(<-ch) // expect: 1
func f() { ch <- "old" }
go f()
f = func() { ch <- "new" }
print(<-ch) // expect: old
