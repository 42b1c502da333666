// stdin: input
ch := make(chan, 10)
go func() { for i := 1; i <= 3; i++ { ch <- i } }()
go func() { ch <- io.read() }()
n, text := 0, ""
for i := 1; i <= 4; i++ {
    v := <-ch
    if type(v) == "number" { n += v } else { text = v }
}
print(n, text) // expect: 6	input
