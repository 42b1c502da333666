print(xpcall(func(...) { return "result", ... }, print, 1, 2)) // expect: true	result	1	2
