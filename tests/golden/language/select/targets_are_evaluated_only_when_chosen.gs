ch, never := make(chan, 1), make(chan)
ch <- 5
func target(name) { print("target " .. name); return {} }
var v
select {
case target("other").x = <-never: print("never")
case v = <-ch: print(v) // expect: 5
}
