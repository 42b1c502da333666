// expect runtime error: the error of a goroutine
// An error that nothing catches in a goroutine ends the program, whatever the others do.
for g := range 6 { go func() { t := {}; for i := 0; ; i++ { t[i % 100] = {i} } }() }
go func() { for { time.sleep(0.0001) } }()
go func() { time.sleep(0.02); error("the error of a goroutine") }()
s := 0
for { s += 1 }
