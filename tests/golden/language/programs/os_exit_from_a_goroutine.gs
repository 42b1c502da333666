go func() { os.exit(4) }()
<-make(chan)
// exit: 4
