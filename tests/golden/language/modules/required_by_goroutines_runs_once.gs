ch := make(chan)
for range 3 { go func() { ch <- require("lib.slow") }() }
a, b, c := <-ch, <-ch, <-ch
print(a == b && b == c, a.loads) // expect: true	1
