f := load("return #..., ...")
print(f())           // expect: 0
print(f("a", "b"))   // expect: 2	a	b
