nan := 0.0 / 0.0
t := {3.0, nan, 1.0, 2.0}
table.sort(t)
n := 0
for _, v := range ipairs(t) { if v == v { n += v } }
print(#t, n) // expect: 4	6.0
