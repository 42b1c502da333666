ch := make(chan, 2)
ch <- 1
close(ch)
v, ok := <-ch
print(v, ok)  // expect: 1	true
v, ok = <-ch
print(v, ok)  // expect: nil	false
print(<-ch)   // expect: nil
