t := {}
print(#t, next(t)) // expect: 0	nil
