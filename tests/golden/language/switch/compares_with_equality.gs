switch 1 { case "1": print("string"); case 1.0: print("float") } // expect: float
a, b := {}, {}
switch a { case b: print("b"); case a: print("a") } // expect: a
switch 0/0 { case 0/0: print("equal"); default: print("NaN differs") } // expect: NaN differs
