ch := make(chan, 1)
go close(ch)
v, ok := <-ch
print(v, ok) // expect: nil	false
