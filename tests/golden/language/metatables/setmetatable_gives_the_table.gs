t := {}
mt := {}
print(setmetatable(t, mt) == t, getmetatable(t) == mt) // expect: true	true
print(getmetatable({}), setmetatable(t, nil) == t, getmetatable(t)) // expect: nil	true	nil
