ch := make(chan, 3)
ch <- 1; ch <- 2; ch <- 3
select { case <-ch: print("dropped") } // expect: dropped
select { case v := <-ch: print("define", v) } // expect: define	2
select { case v, ok := <-ch: print(v, ok) } // expect: 3	true
close(ch)
select { case v, ok := <-ch: print(v, ok) } // expect: nil	false
