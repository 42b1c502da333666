t := {}
t.x, t.x = "first", "second"
print(t.x) // expect: second
log := setmetatable({}, {__newindex: func(t, k, v) { print("set " .. k, v) }})
log.a, log.b, log.c = 1, 2, 3
// expect: set a	1
// expect: set b	2
// expect: set c	3
