ch := make(chan)
done := make(chan)
go func() { ch <- "value" }()
select {
case v := <-ch: print(v) // expect: value
case <-done: print("never")
}
