print(len("abc"), len({1, 2}), len(make(chan, 2))) // expect: 3	2	0
print(len(setmetatable({}, {__len: func() { return 7 }}))) // expect: 7
print(pcall(func() { len(5) }) == false) // expect: true
