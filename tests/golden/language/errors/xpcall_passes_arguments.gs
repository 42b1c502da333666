print(xpcall(func(a, b) { return a + b }, func(v) { return v }, 1, 2)) // expect: true	3
