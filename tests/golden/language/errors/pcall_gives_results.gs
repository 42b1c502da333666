print(pcall(func() { return 1, nil, 3 }))     // expect: true	1	nil	3
print(pcall(func(...) { return ... }, 1, 2))  // expect: true	1	2
print(pcall(func() {}))                       // expect: true
