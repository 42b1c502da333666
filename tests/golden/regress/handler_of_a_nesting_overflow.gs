// A handler can run even where calls through metamethods have come to their limit.
mt := {}
mt.__index = func(t, k) { if k == 0 { return 0 }; return t[k - 1] + 1 }
t := setmetatable({}, mt)
print(t[200]) // expect: 200
print(xpcall(func() { return t[-1] }, func(e) { return "handled: " .. string.sub(e, -14) }))
// expect: false	handled: stack overflow
