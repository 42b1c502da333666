func f(...) { return #..., ...[1], ...[2], ...[3] }
print(f())            // expect: 0	nil	nil	nil
print(f("a"))         // expect: 1	a	nil	nil
print(f("a", "b", "c")) // expect: 3	a	b	c
