calls := 0
t := {1, 2}
func get() { calls++; return t }
func key() { calls += 10; return 1 }
get()[key()] += 5
print(t[1], calls) // expect: 6	11
get()[key()]++
print(t[1], calls) // expect: 7	22
