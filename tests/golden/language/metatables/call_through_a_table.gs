inner := setmetatable({}, {__call: func(self, ...) { return "inner", ... }})
outer := setmetatable({}, {__call: inner})
first, second, third := outer(5)
print(first, second == outer, third) // expect: inner	true	5
