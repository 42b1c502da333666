func two() { return 1, 2 }
ch := make(chan, 2)
ch <- two()
print(#ch, <-ch) // expect: 1	1
