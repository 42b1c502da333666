ch := make(chan, 1)
ch <- 1
v := "outer"
select { case v := <-ch: v = "inner"; x := 1 }
print(v, x) // expect: outer	nil
