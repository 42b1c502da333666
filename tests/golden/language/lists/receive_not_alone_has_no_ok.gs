ch := make(chan, 2)
ch <- 1; ch <- 2
a, b := 0, <-ch
print(a, b)          // expect: 0	1
c, d := <-ch, 9
print(c, d)          // expect: 2	9
