t := setmetatable({}, {__name: "Point"})
print(tostring(t):sub(1, 9))                 // expect: Point: 0x
print(type(t))                               // expect: table
print(pcall(func() { return t + 1 }))        // expect: false	name.gs:4: attempt to perform arithmetic on a Point value (global 't')
print(pcall(func() { return t < 1 }))        // expect: false	name.gs:5: attempt to compare Point with number
u := setmetatable({}, {__name: 5})
print(tostring(u):sub(1, 9))                 // expect: table: 0x
