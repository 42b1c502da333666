// A producer and a consumer with a queue between them.
n := 3000000
a := make(chan, 1024)
go func() {
    for i := 0; i < n; i++ { a <- i }
    close(a)
}()
s := 0
for x := range a { s += x }
print(s)
