ch := make(chan, 3)
ch <- 1; ch <- 2; ch <- 3
<-ch;
(<-ch)
print(#ch) // expect: 1
