for i := range 3 { print(i, math.type(i)) }
// expect: 0	integer
// expect: 1	integer
// expect: 2	integer
for i := range 0 { print("never") }
for i := range -5 { print("never") }
n := 0
for range 4 { n++ }
print(n) // expect: 4
