calls := 0
t := setmetatable({}, {__eq: func(a, b) { calls++; return true }})
print(t == t, calls)        // expect: true	0
print(t == 1, t == nil, t == "x", calls) // expect: false	false	false	0
print(t == {}, {} == t, calls) // expect: true	true	2
