t := {}
for i := 1; i <= 1000; i++ { table.insert(t, i) }
sum := 0
for #t > 0 { sum += table.remove(t, 1) }
print(sum, #t) // expect: 500500	0
