m := func(x) { return "called " .. x }
t := {obj:m(1)}
print(t[1], t.obj) // expect: nil	called 1
