bottom := {}
middle := setmetatable({}, {__newindex: bottom})
top := setmetatable({}, {__newindex: middle})
top.x = 1
print(rawget(top, "x"), rawget(middle, "x"), bottom.x) // expect: nil	nil	1
