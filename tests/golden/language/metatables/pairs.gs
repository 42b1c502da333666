t := setmetatable({a: 1}, {__pairs: func(t) { return next, {b: 2}, nil }})
for k, v := range t { print(k, v) }        // expect: b	2
for k, v := range pairs(t) { print(k, v) } // expect: b	2
