t := {a: 1, a: nil}
print(t.a, next(t)) // expect: nil	nil
