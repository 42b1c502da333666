print(nil && 1, false && 1)   // expect: nil	false
print(1 && 2, 0 && "x", "" && nil) // expect: 2	x	nil
