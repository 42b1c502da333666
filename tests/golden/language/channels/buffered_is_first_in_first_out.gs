ch := make(chan, 3)
ch <- 1
ch <- 2
ch <- 3
print(len(ch), #ch, cap(ch)) // expect: 3	3	3
print(<-ch, <-ch, <-ch)      // expect: 1	2	3
print(len(ch))               // expect: 0
