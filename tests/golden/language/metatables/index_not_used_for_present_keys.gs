n := 0
t := setmetatable({a: false}, {__index: func() { n++; return "called" }})
print(t.a, n) // expect: false	0
t.a = nil
print(t.a, n) // expect: called	1
