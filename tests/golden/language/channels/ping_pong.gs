ping, pong := make(chan), make(chan)
go func() { for v := range ping { pong <- v + 1 }; close(pong) }()
x := 0
for range 100 { ping <- x; x = <-pong }
close(ping)
print(x, <-pong) // expect: 100	nil
