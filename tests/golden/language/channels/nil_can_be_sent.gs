ch := make(chan, 1)
ch <- nil
v, ok := <-ch
print(v, ok) // expect: nil	true
