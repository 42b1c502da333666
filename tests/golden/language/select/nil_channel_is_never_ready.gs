var none
ch := make(chan, 1)
ch <- 1
select {
case <-none: print("never")
case none <- 1: print("never")
case v := <-ch: print(v) // expect: 1
}
select {
case <-none: print("never")
default: print("default") // expect: default
}
