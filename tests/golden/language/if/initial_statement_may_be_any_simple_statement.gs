x := 0
if x = 5; x == 5 { print("assigned") } // expect: assigned
if x++; x == 6 { print("incremented") } // expect: incremented
if print("called"); true { print("then") }
// expect: called
// expect: then
ch := make(chan, 1)
if ch <- 7; #ch == 1 { print(<-ch) } // expect: 7
ch <- 8
if v, ok := <-ch; ok { print(v) } // expect: 8
