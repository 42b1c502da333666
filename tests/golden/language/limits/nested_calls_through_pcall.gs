func deep(n) { if n == 0 { return 0 }; ok, v := pcall(deep, n - 1); return v + 1 }
print(deep(199)) // expect: 199
