// options: --deadline 0.3
// expect runtime error: deadline exceeded
// A deadline ends the program with many goroutines, caught errors or not.
for g := range 8 { go func() { for { pcall(func() { t := {}; for i := 0; ; i++ { t[i % 100] = {i} } }) } }() }
for g := range 8 { go func() { for { time.sleep(0.001) } }() }
for { pcall(func() { for { } }) }
