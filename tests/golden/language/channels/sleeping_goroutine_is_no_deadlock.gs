ch := make(chan)
go func() { time.sleep(0.02); ch <- "late" }()
print(<-ch) // expect: late
