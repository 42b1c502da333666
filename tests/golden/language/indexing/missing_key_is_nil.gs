t := {1, a: 2}
print(t.b, t[2], t[0], t[-1], t[1.5], t[true]) // expect: nil	nil	nil	nil	nil	nil
