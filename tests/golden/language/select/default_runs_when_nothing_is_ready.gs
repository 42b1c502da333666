ch := make(chan)
select {
case v := <-ch: print("received", v)
default: print("default") // expect: default
}
