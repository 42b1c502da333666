t := {1, 2}
func two() { return 2 }
switch #t { case 2: print("length") }        // expect: length
switch -1 { case -1: print("minus") }        // expect: minus
switch !t { case false: print("not") }       // expect: not
switch ^0 { case -1: print("complement") }   // expect: complement
switch "s" { case "s": print("string") }     // expect: string
switch 1.5 { case 1.5: print("number") }     // expect: number
switch true { case two() == 2: print("true") } // expect: true
switch false { case two() == 3: print("false") } // expect: false
switch nil { case t.x: print("nil") }        // expect: nil
switch two() { case 2: print("call") }       // expect: call
switch t[1] + 1 { case 2: print("sum") }     // expect: sum
switch (t) { case t: print("parentheses") }  // expect: parentheses
switch func() { return 5 }() { case 5: print("function") } // expect: function
