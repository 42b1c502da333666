var g
h := func() { return g() }
func g() { return "assigned" }
print(h()) // expect: assigned
func other() { return g }
print(other() == g) // expect: true
