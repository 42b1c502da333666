// exit: 3
// os.exit ends the program from any goroutine.
for g := range 8 { go func() { t := {}; for i := 0; ; i++ { t[i % 100] = {i} } }() }
go func() { time.sleep(0.02); print("ok"); os.exit(3) }() // expect: ok
for { time.sleep(0.001) }
