a, b := make(chan, 1), make(chan, 1)
a <- 1
func get(name, ch) { print("channel " .. name); return ch }
func value(x) { print("value " .. x); return x }
select {
case v := <-get("a", a): print("received", v)
case get("full", a) <- value(2): print("never")
}
// expect: channel a
// expect: channel full
// expect: value 2
// expect: received	1
