print(select(1, "a", "b", "c")) // expect: a	b	c
print(select(2, "a", "b", "c")) // expect: b	c
print(select("#", select(4, "a", "b", "c"))) // expect: 0
print(select(2.0, "a", "b"))    // expect: b
