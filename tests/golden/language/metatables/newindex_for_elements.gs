t := setmetatable({}, {__newindex: func(t, k, v) { rawset(t, k, v * 2) }})
for i := 1; i <= 3; i++ { t[i] = i }
print(t[1], t[2], t[3], #t) // expect: 2	4	6	3
t[1] = 7
print(t[1]) // expect: 7
