t := {1, 2, nil, 4, x: 5}
n := 0
for k, v := range pairs(t) { n++ }
print(n) // expect: 4
for i, v := range ipairs(t) { print(i, v) }
// expect: 1	1
// expect: 2	2
