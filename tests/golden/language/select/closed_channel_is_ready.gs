ch := make(chan)
close(ch)
select {
case v, ok := <-ch: print(v, ok) // expect: nil	false
}
