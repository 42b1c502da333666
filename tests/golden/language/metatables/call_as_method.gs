obj := {m: setmetatable({}, {__call: func(self, o, x) { return o.n + x }}), n: 5}
print(obj:m(1)) // expect: 6
