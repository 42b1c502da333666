started := make(chan)
go func() {
    defer print("never")
    started <- true
    <-make(chan)
}()
<-started
print("end") // expect: end
