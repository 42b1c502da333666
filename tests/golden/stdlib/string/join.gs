print(string.join({1, "a", true, 2.0}, ", "), string.join({}) == "", string.join({"x", "y"})) // expect: 1, a, true, 2.0	true	xy
print(string.join({setmetatable({}, {__tostring: func() { return "obj" }}), "z"}, "-")) // expect: obj-z
t := setmetatable({}, {__len: func() { return 3 }, __index: func(t, i) { return i * i }})
print(string.join(t, " ")) // expect: 1 4 9
