l: for i := range 2 { if i == 0 { continue l }; print("a", i) } // expect: a	1
l: for i := range 2 { if i == 1 { break l }; print("b", i) }    // expect: b	0
