log := {}
t := setmetatable({old: 1}, {__newindex: func(t, k, v) { log[#log + 1] = k .. "=" .. v; rawset(t, k, v) }})
t.old = 2
t.new = 3
t.new = 4
print(#log, log[1], t.old, t.new) // expect: 1	new=3	2	4
