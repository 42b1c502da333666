ch := make(chan, 1)
select { case ch <- 5: print("sent") } // expect: sent
select {
case ch <- 6: print("never")
default: print("full") // expect: full
}
print(<-ch) // expect: 5
