func count(n) { if n == 0 { return "done" }; return count(n - 1) }
print(count(10000)) // expect: done
