mt := {__eq: func() { return true }}
a, b := setmetatable({}, mt), setmetatable({}, mt)
t := {[a]: "a"}
print(t[a], t[b]) // expect: a	nil
