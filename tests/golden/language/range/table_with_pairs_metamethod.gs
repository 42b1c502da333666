t := setmetatable({1, 2}, {__pairs: func(t) {
    return func(s, c) { if c < 3 { return c + 1, s[1] } }, t, 0
}})
for k, v := range t { print(k, v) }
// expect: 1	1
// expect: 2	1
// expect: 3	1
