ch := make(chan, 3)
ch <- 1
ch <- 2
ch <- 3
print(<-ch)          // expect: 1
a, b, c := <-ch
print(a, b, c)       // expect: 2	nil	nil
func f() { return <-ch }
print(select("#", f())) // expect: 1
