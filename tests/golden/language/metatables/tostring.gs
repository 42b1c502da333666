t := setmetatable({n: 5}, {__tostring: func(t) { return "<" .. t.n .. ">" }})
print(t)            // expect: <5>
print(tostring(t))  // expect: <5>
print(t, 1, t)      // expect: <5>	1	<5>
