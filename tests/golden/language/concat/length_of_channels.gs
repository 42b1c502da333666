ch := make(chan, 3)
ch <- 1
ch <- nil
print(#ch, len(ch)) // expect: 2	2
