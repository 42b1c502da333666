ch := make(chan, 1)
pcall(func() { <-ch })
ch <- "kept"
print(#ch, <-ch) // expect: 1	kept
