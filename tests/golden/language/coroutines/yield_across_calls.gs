func deep(n) { if n == 0 { return coroutine.yield("deep") }; return deep(n - 1) + 1 }
co := coroutine.create(deep)
print(coroutine.resume(co, 50)) // expect: true	deep
print(coroutine.resume(co, 1))  // expect: true	51
