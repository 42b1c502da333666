n := 0
func get() { n++; return {1, 2, 3} }
for k, v := range get() {}
print(n) // expect: 1
count := 3
for i := range count { count = 100 }
print(count) // expect: 100
