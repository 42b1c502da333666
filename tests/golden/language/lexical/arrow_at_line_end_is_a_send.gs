ch := make(chan, 1)
ch <-
    5
print(<-ch) // expect: 5
