func sign(n) {
    switch {
    case n < 0: return -1
    case n > 0: return 1
    default: return 0
    }
}
print(sign(-5), sign(7), sign(0)) // expect: -1	1	0
switch { case nil, false, 0: print("zero is true") } // expect: zero is true
switch {}
