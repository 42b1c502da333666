g := load("print(\"ran\"); return 1, 2")
print(type(g)) // expect: function
print(g())
// expect: ran
// expect: 1	2
