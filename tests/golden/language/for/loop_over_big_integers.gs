n := 0
for i := math.maxinteger - 2; i > 0; i++ { n++ }
print(n) // expect: 3
m := 0
for i := 140737488355326; i <= 140737488355330; i++ { m += i }
print(m) // expect: 703687441776640
