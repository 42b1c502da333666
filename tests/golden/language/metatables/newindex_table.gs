store := {}
t := setmetatable({own: 1}, {__newindex: store})
t.own = 2
t.x = 5
print(t.own, rawget(t, "x"), store.x) // expect: 2	nil	5
