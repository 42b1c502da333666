switch 5 { case 1: print("never") }
print("after") // expect: after
switch 5 {}
