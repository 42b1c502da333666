mt := {__eq: func() { return true }}
a, b := setmetatable({}, mt), setmetatable({}, mt)
print(table.contains({a}, b), table.contains({a}, a)) // expect: false	true
