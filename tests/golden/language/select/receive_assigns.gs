ch := make(chan, 2)
ch <- 1; ch <- 2
var v, ok
select { case v = <-ch: print(v, ok) } // expect: 1	nil
t := {}
select { case t.v, t.ok = <-ch: print(t.v, t.ok) } // expect: 2	true
print(v) // expect: 1
