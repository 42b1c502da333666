print(nil || 1, false || nil)   // expect: 1	nil
print(1 || 2, "" || "x", 0 || 5) // expect: 1		0
print(nil || false)             // expect: false
