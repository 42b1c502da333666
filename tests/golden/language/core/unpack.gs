print(unpack({1, 2, 3}))         // expect: 1	2	3
print(unpack({1, 2, 3}, 2))      // expect: 2	3
print(unpack({1, 2, 3}, 2, 2))   // expect: 2
print(unpack({}, 1, 3))          // expect: nil	nil	nil
print(select("#", unpack({})))   // expect: 0
print(select("#", unpack({1}, 3, 1))) // expect: 0
print(unpack({[0]: "z", "a"}, 0, 1)) // expect: z	a
