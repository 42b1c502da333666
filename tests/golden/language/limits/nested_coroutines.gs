func deep(n) { if n == 0 { return 0 }; return coroutine.wrap(deep)(n - 1) + 1 }
print(deep(150)) // expect: 150
