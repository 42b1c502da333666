ch := make(chan, 3)
ch <- "a"; ch <- nil; ch <- "c"
close(ch)
for v := range ch { print(v) }
// expect: a
// expect: nil
// expect: c
for v := range ch { print("never") }
