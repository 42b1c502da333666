_ := 1
_a1 := 2
Abc_9 := 3
print(_, _a1, Abc_9) // expect: 1	2	3
