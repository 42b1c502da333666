t := setmetatable({}, {__call: func(self, x) { return x * 2 }})
print(coroutine.wrap(func(...) { return t(...) })(21)) // expect: 42
