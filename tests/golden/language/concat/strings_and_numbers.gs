print("a" .. "b", "a" .. 1, 1 .. "a") // expect: ab	a1	1a
print(1 .. 2, 1.5 .. "", 2.0 .. "")   // expect: 12	1.5	2.0
print(#("" .. ""), "a" .. "" .. "b")  // expect: 0	ab
