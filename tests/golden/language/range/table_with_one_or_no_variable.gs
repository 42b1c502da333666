for k := range {a: 1, b: 2} { print(k) }
// expect: a
// expect: b
n := 0
for range {5, 6, 7} { n++ }
print(n) // expect: 3
