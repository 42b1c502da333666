t := setmetatable({1, 2, x: {}}, {__index: {z: 1}})
c := table.copy(t)
print(c[1], c[2], c.x == t.x, c.z, getmetatable(c)) // expect: 1	2	true	nil	nil
c[1] = 9
print(t[1]) // expect: 1
