t := {__index: 1, __add: 2}
print(t.__index, t.__add, t.x) // expect: 1	2	nil
