t := setmetatable({}, {
    __call: func(self) { return nil },
    __pairs: func(t) { return next, {a: 1}, nil },
})
for k, v := range t { print(k, v) } // expect: a	1
