t := {a: 1}
if t == {1} { print("no") } else { print("table compared") } // expect: table compared
if func() { return true }() { print("function called") } // expect: function called
if (t) { print("parenthesised") } // expect: parenthesised
