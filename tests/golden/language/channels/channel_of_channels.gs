requests := make(chan)
go func() { for reply := range requests { reply <- "served" } }()
reply := make(chan)
requests <- reply
print(<-reply) // expect: served
