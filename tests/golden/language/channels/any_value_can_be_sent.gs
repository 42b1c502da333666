ch := make(chan, 4)
t := {}
ch <- t
ch <- print
ch <- ch
ch <- false
print(<-ch == t, <-ch == print, <-ch == ch, <-ch) // expect: true	true	true	false
