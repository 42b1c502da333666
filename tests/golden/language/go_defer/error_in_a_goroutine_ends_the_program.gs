go func() { error("in goroutine") }()
<-make(chan)
print("never")
// expect runtime error: in goroutine
