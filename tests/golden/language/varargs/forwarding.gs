func inner(...) { return #..., ... }
func outer(...) { return inner(...) }
print(outer(1, nil, 3, nil)) // expect: 4	1	nil	3	nil
func wrap(...) { return inner("first", ...) }
print(wrap())                // expect: 1	first
