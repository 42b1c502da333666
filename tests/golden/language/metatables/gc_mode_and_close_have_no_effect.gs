t := setmetatable({}, {__gc: func() { print("never") }, __mode: "k", __close: func() { print("never") }})
k := {}
t[k] = 1
{ var x = t }
t, k = nil, nil
collectgarbage()
print("done") // expect: done
