mt := {}
mt.__lt = func(a, b) { return a.v < b.v }
t := {}
for _, v := range ipairs({3, 1, 2}) { t[#t + 1] = setmetatable({v: v}, mt) }
table.sort(t)
print(t[1].v, t[2].v, t[3].v) // expect: 1	2	3
