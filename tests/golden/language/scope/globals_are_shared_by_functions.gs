func inc() { count = (count || 0) + 1 }
inc()
inc()
print(count) // expect: 2
