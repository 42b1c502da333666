ch := make(chan, 2)
ch <- 1
x := ch
<-ch
print(#x) // expect: 0
func f() { return ch }
f()
<-make(chan, 1)
// expect runtime error: all goroutines are asleep - deadlock!
