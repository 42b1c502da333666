ch := make(chan, 4)
ch <- 1; ch <- nil; ch <- 3; ch <- 4
v, ok := <-ch
print(v, ok)         // expect: 1	true
var w, ok2 = <-ch
print(w, ok2)        // expect: nil	true
v, ok = <-ch
print(v, ok)         // expect: 3	true
t := {}
t.v, t.ok = <-ch
print(t.v, t.ok)     // expect: 4	true
close(ch)
v, ok = <-ch
print(v, ok)         // expect: nil	false
