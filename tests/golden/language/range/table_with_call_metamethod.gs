t := setmetatable({"content"}, {__call: func(self, s, c) {
    c = (c || 0) + 1
    if c <= 2 { return c, self[1] }
}})
for k, v := range t { print(k, v) }
// expect: 1	content
// expect: 2	content
for k, v := range pairs(t) { print(k, v) } // expect: 1	content
